import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { fromHex, silentLog } from '../../base/index.ts'
import type { RegisteredNode } from '../../ledger/index.ts'
import type { NodeRecordValue } from '../../wire/index.ts'
import { HOME_NODES, MAX_PRESENCE_TTL_MS } from '../constants.ts'
import { MapFeed } from '../registry/map-feed.ts'
import { testProfile } from '../registry/test-registry.ts'
import { SectorMap } from './map.ts'
import { rankNodes } from './rank.ts'
import { SaltSource } from './salt.ts'

/** Random-looking and always the same: a share that depends on chance would fail by chance. */
const fixed = (name: string) => createHash('sha256').update(name).digest('hex')
const HONEST = 60
const GROUND = 6
/** Keys that the attacker tries: a hundred for each honest node. */
const TRIED = 100 * HONEST
const FINGERPRINT = 'ab'.repeat(32)
const victim = `0x${fixed('victim')}`
const saltOf = (epoch: number) => new Uint8Array(fromHex(fixed(`salt ${epoch}`)))

const recordOf = (nodeKey: string): NodeRecordValue => ({
  nodeKey,
  endpoints: ['wss://127.0.0.1:1'],
  fingerprint: FINGERPRINT,
  object: `0x${nodeKey}`,
})
const registeredOf = (nodeKey: string): RegisteredNode => ({
  object: `0x${nodeKey}`,
  owner: `0x${'1'.repeat(64)}`,
  nodeKey,
  profile: { ...testProfile, fingerprint: FINGERPRINT },
  stake: 1n,
  renewed: 7n,
  freeFrom: 0n,
  sharedAt: 1n,
})
const honest = Array.from({ length: HONEST }, (_, index) => fixed(`honest ${index}`))

/** Of many keys those nearest to the victim under a salt. */
function grind(salt: Uint8Array): string[] {
  const tried = Array.from({ length: TRIED }, (_, index) => recordOf(fixed(`tried ${index}`)))
  return rankNodes(tried, victim, salt)
    .slice(0, GROUND)
    .map(({ nodeKey }) => nodeKey)
}

/** A node's map and what feeds it from a registry in which these keys are live. */
function mapOf(salts: () => Uint8Array[], registered: readonly string[]) {
  const map = new SectorMap(salts)
  const self = recordOf(honest[0] ?? '')
  map.set(self)
  const live = new Map(registered.map((nodeKey) => [nodeKey, registeredOf(nodeKey)]))
  const feed = new MapFeed({ follower: { inForce: true, live }, map, self, given: [], log: silentLog })
  feed.update()
  return { map, feed }
}

const keysOf = (nodes: readonly NodeRecordValue[]) => nodes.map(({ nodeKey }) => nodeKey)
const salt = saltOf(1)
const ground = grind(salt)

describe('keys ground next to a victim', () => {
  it('would be all its home nodes where whoever comes is let in', () => {
    const { map } = mapOf(() => [salt], honest)
    for (const nodeKey of ground) map.set(recordOf(nodeKey))
    expect(keysOf(map.homes(victim)).sort()).toEqual(ground.slice(0, HOME_NODES).sort())
  })

  it('never are, unregistered, while a registry is in force: not by linking, and not by being named as registered', () => {
    const { map, feed } = mapOf(() => [salt], honest)
    const before = keysOf(map.candidates(victim))
    for (const nodeKey of ground) {
      expect(feed.admits(recordOf(nodeKey))).toBe(false)
      // One that got on the map before the registry came into force, with a record that is not on the ledger.
      map.set(recordOf(nodeKey))
    }
    feed.update()
    expect(keysOf(map.candidates(victim))).toEqual(before)
    expect(before.every((nodeKey) => honest.includes(nodeKey))).toBe(true)
  })

  it('are home nodes, registered, for one epoch and its overlap, and afterwards not more often than by chance', () => {
    let now = 0
    const clock = { now: () => now, steady: () => now, after: () => () => {} }
    const random = { bytes: (length: number) => new Uint8Array(length), float: () => 0 }
    const options = { clock, random, log: silentLog, onChange: () => {}, read: () => Promise.resolve(salt) }
    const source = new SaltSource({ ...options, first: salt, known: true })
    const { map } = mapOf(() => source.salts(), [...honest, ...ground])
    expect(keysOf(map.homes(victim)).every((nodeKey) => ground.includes(nodeKey))).toBe(true)
    const epochs = 300
    let taken = 0
    let eclipsed = 0
    for (let epoch = 2; epoch < 2 + epochs; epoch++) {
      source.set(saltOf(epoch))
      // The new epoch's own home nodes are served from its first moment on.
      expect(map.homes(victim)).toEqual(expect.arrayContaining(map.newestHomes(victim)))
      now += MAX_PRESENCE_TTL_MS + 1
      const theirs = keysOf(map.homes(victim)).filter((nodeKey) => ground.includes(nodeKey)).length
      taken += theirs
      if (theirs === HOME_NODES) eclipsed++
    }
    const chance = GROUND / (HONEST + GROUND)
    // Standard deviation of the share of 900 draws at 0.09: 0.0096.
    expect(Math.abs(taken / (epochs * HOME_NODES) - chance)).toBeLessThan(0.03)
    expect(eclipsed / epochs).toBeLessThan(0.01)
  })
})
