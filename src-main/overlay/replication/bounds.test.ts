import { afterEach, beforeEach, expect, it } from 'vitest'
import { silentLog, systemRandom, toHex } from '../../base/index.ts'
import { testIdentity } from '../../testing/testnet-nodes.ts'
import type { NodeRecordValue } from '../../wire/index.ts'
import { defaultLimits } from '../limits/limits.ts'
import { SectorMap } from '../sector/map.ts'
import { createEmbeddedState, type Fact, type LocalState } from '../state/index.ts'
import { testEnvelope } from '../test-device.ts'
import { encodeFact, sizeOf } from './codec.ts'
import { Outbox } from './outbox.ts'
import { Outboxes } from './outboxes.ts'
import { FactReceiver } from './receiver.ts'
import type { ReplicationParts } from './types.ts'

const NOW = 1_700_000_000_000
const DAY = 24 * 3_600_000
const RATE_LIMITED = { code: 'rate_limited' }
const node = (): NodeRecordValue => ({
  nodeKey: toHex(systemRandom.bytes(32)),
  endpoints: [],
  fingerprint: '',
  object: null,
})
const self = node()
const peer = node()
let state: LocalState
let parts: ReplicationParts
/** Questions to other nodes, which do not answer before they are told to. */
let asked: (() => void)[]

beforeEach(async () => {
  state = createEmbeddedState({ path: ':memory:', limits: defaultLimits, onError: () => {} })
  await state.start()
  const map = new SectorMap(() => [new Uint8Array(32)])
  for (const record of [self, peer]) map.set(record)
  asked = []
  const request = () => new Promise<never>((resolve) => asked.push(() => resolve({} as never)))
  const clock = { now: () => NOW, after: () => () => {} }
  parts = { state, map, peers: { request, linked: () => [] }, self: self.nodeKey, clock, log: silentLog }
})
afterEach(() => state.stop())

function mail(size: number): Fact {
  const { id, bytes } = testEnvelope(testIdentity(), size)
  const { addressText: address, deviceId: device } = testIdentity().certificate
  const sender = testIdentity().certificate.addressText
  return { kind: 'mail', address, device, envelopeId: id, sender, request: false, expiresAt: NOW + DAY, bytes }
}

/** Gives so often within one turn; answers how many were not refused. */
async function taken(give: () => Promise<void>, count: number): Promise<number> {
  const refusals: unknown[] = []
  for (let number = 0; number < count; number++) give().catch((error: unknown) => refusals.push(error))
  await new Promise((resolve) => setImmediate(resolve))
  for (const refusal of refusals) expect(refusal).toMatchObject(RATE_LIMITED)
  return count - refusals.length
}

it('so many facts wait for one node that does not keep up, and so many bytes; more are refused', async () => {
  const small = mail(100)
  const first = new Outbox(peer, parts.peers, silentLog)
  expect(await taken(() => first.give(small), 10_000)).toBe(8_192)
  const large = mail(60_000)
  const second = new Outbox(peer, parts.peers, silentLog)
  const fit = Math.ceil((16 * 1024 * 1024) / sizeOf(large))
  expect(await taken(() => second.give(large), 1_000)).toBe(fit)
})

it('facts wait for so many nodes at once; more are refused until somebody took what waits', async () => {
  const outboxes = new Outboxes(parts)
  const fact = mail(100)
  expect(await taken(() => outboxes.give(node(), fact), 2_000)).toBe(1_024)
  await expect.poll(() => asked.length).toBe(1_024)
  for (const answer of asked.splice(0)) answer()
  await expect.poll(() => outboxes.size).toBe(0)
  const given = outboxes.give(node(), fact)
  await expect.poll(() => asked.length).toBe(1)
  asked[0]?.()
  await given
  outboxes.stop()
})

it('one node may have so many frames worked on at once', async () => {
  const receiver = new FactReceiver(parts)
  const wire = [encodeFact(mail(100))]
  const results = await Promise.allSettled(Array.from({ length: 33 }, () => receiver.receive(peer, wire)))
  const refused = results.filter(({ status }) => status === 'rejected')
  expect(refused).toHaveLength(1)
  expect(results[32]).toMatchObject({ reason: RATE_LIMITED })
})

it('one node may give so many bytes at once, and another beside it', async () => {
  const receiver = new FactReceiver(parts)
  const fact = mail(60_000)
  const wire = encodeFact(fact)
  const fit = Math.floor((256 * 1024 * 1024) / sizeOf(fact))
  const some = Array.from({ length: 200 }, () => wire)
  for (let given = 0; given + some.length <= fit; given += some.length) await receiver.receive(peer, some)
  const refused = receiver.receive(peer, some.slice(0, (fit % some.length) + 1))
  await expect(refused).rejects.toMatchObject(RATE_LIMITED)
  await receiver.receive(self, [wire])
}, 20_000)
