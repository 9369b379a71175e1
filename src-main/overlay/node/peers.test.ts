import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog, systemClock, systemRandom, toHex } from '../../base/index.ts'
import { testIdentity, waitFor } from '../../testing/testnet-nodes.ts'
import type { NodeRecordValue } from '../../wire/index.ts'
import { MAX_NODE_LINKS } from '../constants.ts'
import { defaultLimits } from '../limits/limits.ts'
import { Pace } from '../link/pace.ts'
import { SectorMap } from '../sector/map.ts'
import { NodePeers } from './peers.ts'

/** Nobody listens there: a dial fails at once. */
const NOWHERE = 'wss://127.0.0.1:1'
const record = (): NodeRecordValue => ({
  nodeKey: toHex(systemRandom.bytes(32)),
  endpoints: [NOWHERE],
  fingerprint: toHex(systemRandom.bytes(32)),
  object: null,
})
const address = () => `0x${toHex(systemRandom.bytes(32))}`
let map: SectorMap
let peers: NodePeers

beforeEach(() => {
  const key = testIdentity().deviceKey
  const self = { ...record(), nodeKey: toHex(key.publicKey) }
  map = new SectorMap(() => [new Uint8Array(32)])
  map.set(self)
  peers = new NodePeers({
    self: () => self,
    key,
    given: [],
    map,
    admits: () => true,
    chain: () => '0badcafe',
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    pace: new Pace(systemClock, { frames: defaultLimits.nodeFrames, bytes: defaultLimits.nodeBytes }, () => {}),
    onLinked: () => {},
    onFrame: () => {},
  })
})
afterEach(() => peers.stop())

describe('links to other nodes', () => {
  it('are of a large network those to the near nodes and those dealt with, never more than allowed', async () => {
    for (let index = 0; index < 400; index++) map.set(record())
    peers.start()
    await waitFor(() => peers.size > 0)
    expect(peers.size).toBe(64)
    let most = 0
    const asked = map.all().map((node) => {
      const answer = peers.request(node, 'ping', {}, 'pong').catch(() => {})
      most = Math.max(most, peers.size)
      return answer
    })
    await Promise.all(asked)
    expect(most).toBe(MAX_NODE_LINKS)
    expect(peers.size).toBe(MAX_NODE_LINKS)
  })

  it('are not given away to whoever claims to be a node', async () => {
    peers.start()
    for (let index = 0; index < 500; index++) peers.learn(record(), true)
    expect(peers.size).toBeLessThanOrEqual(64)
    // Who cannot be dialled is forgotten, and never on the map.
    await waitFor(() => peers.size === 0, 40_000)
    expect(map.size).toBe(1)
  }, 60_000)

  it('tell who is dead: the next candidate stands in, until all are asked in vain', async () => {
    for (let index = 0; index < 20; index++) map.set(record())
    let whose = address()
    while (peers.sector(whose).candidate) whose = address()
    const before = peers.sector(whose).others.map(({ nodeKey }) => nodeKey)
    map.setAlive(before[0] ?? '', false)
    const after = peers.sector(whose)
    expect(after.others.map(({ nodeKey }) => nodeKey)).toEqual(
      map
        .candidates(whose)
        .map(({ nodeKey }) => nodeKey)
        .slice(1, 4),
    )
    expect(after.spare.at(-1)?.nodeKey).toBe(before[0])
    peers.start()
    await waitFor(() => peers.sector(whose).others.length === 0)
  })
})
