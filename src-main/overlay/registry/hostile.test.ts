import { expect, it } from 'vitest'
import { silentLog, systemClock } from '../../base/index.ts'
import type { NodeRegistry, RegisteredNode } from '../../ledger/index.ts'
import { SectorMap } from '../sector/map.ts'
import { MAX_RECORDS } from './constants.ts'
import { JsonFile } from './files.ts'
import { RegistryFollower } from './follower.ts'
import { knownSchema } from './known-records.ts'
import { MapFeed } from './map-feed.ts'
import { testProfile } from './test-registry.ts'

const idOf = (number: number) => `0x${number.toString(16).padStart(64, '0')}`
const recordOf = (object: string, profile: Partial<RegisteredNode['profile']> = {}): RegisteredNode => ({
  object,
  owner: idOf(1),
  nodeKey: object.slice(2),
  profile: { ...testProfile, ...profile },
  stake: 1n,
  renewed: 7n,
  freeFrom: 0n,
  sharedAt: 1n,
})

/** A ledger that says what a test wants: the world outside, which can be wrong or hostile. */
function ledgerThat(says: Pick<NodeRegistry, 'events' | 'records'>): RegistryFollower {
  const refuse = () => Promise.reject(new Error('not asked for'))
  const registry: NodeRegistry = {
    packageId: idOf(9),
    registeredBy: refuse,
    prepareRegister: refuse,
    prepareChange: refuse,
    ...says,
  }
  const file = new JsonFile(undefined, 'registry.json', knownSchema)
  const epoch = () => Promise.resolve({ epoch: 7n })
  return new RegistryFollower({
    find: () => Promise.resolve(registry),
    epoch,
    file,
    clock: systemClock,
    log: silentLog,
  })
}

it('a ledger with endless events and records fills neither memory nor time', async () => {
  let made = 0
  let asked = 0
  const follower = ledgerThat({
    events: ({ order }) => {
      if (order === 'oldest') asked++
      const events = Array.from({ length: 50 }, () => ({ kind: 'renewed' as const, object: idOf(++made), epoch: 7n }))
      return Promise.resolve({ events, cursor: String(made), newest: String(made), more: true })
    },
    records: (objects) => Promise.resolve(objects.map((object) => recordOf(object))),
  })
  await follower.refresh()
  expect(follower.live.size).toBe(MAX_RECORDS)
  await follower.refresh()
  expect(asked).toBeLessThanOrEqual(200)
  expect(follower.live.size).toBe(MAX_RECORDS)
  follower.stop()
}, 30_000)

it('what a record says of its node is checked before it comes on the map', async () => {
  const odd: RegisteredNode['profile']['endpoints'][] = [
    ['http://127.0.0.1:1'],
    ['wss://user@127.0.0.1:1'],
    [`wss://${'a'.repeat(400)}:1`],
    ['wss://127.0.0.1'],
    [],
  ]
  const records = [...odd.map((endpoints, index) => recordOf(idOf(100 + index), { endpoints })), recordOf(idOf(200))]
  const follower = ledgerThat({
    events: () =>
      Promise.resolve({
        events: records.map(({ object }) => ({ kind: 'registered' as const, object, epoch: 7n })),
        cursor: '1',
        newest: '1',
        more: false,
      }),
    records: () => Promise.resolve(records),
  })
  const map = new SectorMap(() => [new Uint8Array(32)])
  const self = {
    nodeKey: 'ff'.repeat(32),
    endpoints: ['wss://127.0.0.1:2'],
    fingerprint: 'ff'.repeat(32),
    object: null,
  }
  map.set(self)
  const feed = new MapFeed({ follower, map, self, given: [], log: silentLog })
  await follower.refresh()
  feed.update()
  expect(map.all().map(({ nodeKey }) => nodeKey)).toEqual([self.nodeKey, idOf(200).slice(2)])
  follower.stop()
})

it('of two records of one key the one renewed last counts, and a key with another certificate is not admitted', async () => {
  const nodeKey = 'aa'.repeat(32)
  const older = { ...recordOf(idOf(1), { fingerprint: '11'.repeat(32) }), nodeKey, renewed: 6n }
  const newer = { ...recordOf(idOf(2), { fingerprint: '22'.repeat(32) }), nodeKey }
  const events = [older, newer].map(({ object }) => ({ kind: 'renewed' as const, object, epoch: 7n }))
  const follower = ledgerThat({
    events: () => Promise.resolve({ events, cursor: '1', newest: '1', more: false }),
    records: () => Promise.resolve([older, newer]),
  })
  await follower.refresh()
  expect(follower.live.get(nodeKey)?.object).toBe(newer.object)
  const map = new SectorMap(() => [new Uint8Array(32)])
  const self = { nodeKey: 'ff'.repeat(32), endpoints: [], fingerprint: 'ff'.repeat(32), object: null }
  const feed = new MapFeed({ follower, map, self, given: [], log: silentLog })
  expect(feed.admits({ nodeKey, fingerprint: '22'.repeat(32) })).toBe(true)
  expect(feed.admits({ nodeKey, fingerprint: '11'.repeat(32) })).toBe(false)
  expect(feed.admits({ nodeKey: 'bb'.repeat(32), fingerprint: '22'.repeat(32) })).toBe(false)
  follower.stop()
})
