import { silentLog, systemRandom, toHex } from '../../base/index.ts'
import { testIdentity } from '../../testing/testnet-nodes.ts'
import type { NodeRecordValue } from '../../wire/index.ts'
import { defaultLimits } from '../limits/limits.ts'
import { SectorMap } from '../sector/map.ts'
import { createEmbeddedState, type Fact, type LocalState } from '../state/index.ts'
import { testEnvelope } from '../test-device.ts'
import type { OverlayIdentity } from '../types.ts'
import type { ReplicationParts } from './types.ts'

const DAY = 24 * 3_600_000

/** For the tests of this folder: a node's state and map without links, and another node on the map. */
export interface TestParts {
  state: LocalState
  parts: ReplicationParts
  self: NodeRecordValue
  peer: NodeRecordValue
}

/** Starts the state, which the test stops. `now` is the time in ms; `request` answers what is asked of other nodes. */
export async function startParts(now: () => number, request: () => Promise<never>): Promise<TestParts> {
  const state = createEmbeddedState({ path: ':memory:', limits: defaultLimits, onError: () => {} })
  await state.start()
  const [self, peer] = [testRecord(), testRecord()]
  const map = new SectorMap(() => [new Uint8Array(32)])
  for (const record of [self, peer]) map.set(record)
  const clock = { now, steady: now, after: () => () => {} }
  const peers = { request, linked: () => [] }
  return { state, self, peer, parts: { state, map, peers, self: self.nodeKey, clock, log: silentLog } }
}

/** A node that nothing runs. */
export function testRecord(): NodeRecordValue {
  return { nodeKey: toHex(systemRandom.bytes(32)), endpoints: [], fingerprint: '', object: null }
}

/** Mail of a stranger for a device, kept for a day from `now`, in ms. */
export function testMail(to: OverlayIdentity, now: number, size?: number): Extract<Fact, { kind: 'mail' }> {
  const { id, bytes } = testEnvelope(testIdentity(), size)
  const { addressText: address, deviceId: device } = to.certificate
  const sender = testIdentity().certificate.addressText
  return { kind: 'mail', address, device, envelopeId: id, sender, request: false, expiresAt: now + DAY, bytes }
}
