import { afterEach, beforeEach, expect, it } from 'vitest'
import { testIdentity } from '../../testing/testnet-nodes.ts'
import type { WireFactValue } from '../../wire/index.ts'
import type { OverlayIdentity } from '../types.ts'
import { testEnvelope } from '../test-device.ts'
import { CatchUp } from './catch-up.ts'
import { encodeFact } from './codec.ts'
import { FactReceiver } from './receiver.ts'
import { startParts, testMail, type TestParts } from './test-parts.ts'

/** The other node's changes, a page each. */
let pages: WireFactValue[][]
let behind: number
let net: TestParts
let catchUp: CatchUp
let timers: (() => void)[]
const now = () => Date.now() - behind

beforeEach(async () => {
  pages = []
  timers = []
  behind = 0
  net = await startParts(now, () => Promise.reject(new Error('not asked')))
  const request = (_node: unknown, _name: string, { cursor }: { cursor: number }) => {
    const next = Math.min(cursor + 1, pages.length)
    const facts = cursor < pages.length ? pages[cursor] : []
    return Promise.resolve({ incarnation: new Uint8Array(16).fill(1), next, more: next > cursor, facts })
  }
  const after = (_ms: number, task: () => void) => {
    timers.push(task)
    return () => {}
  }
  const peers = { request: request as never, linked: () => [net.peer] }
  const parts = { ...net.parts, peers, clock: { ...net.parts.clock, after } }
  catchUp = new CatchUp(parts, new FactReceiver(parts), () => [new Uint8Array(32)])
  catchUp.start()
})
afterEach(() => {
  catchUp.stop()
  return net.state.stop()
})

function deviceOf({ certificate }: OverlayIdentity): WireFactValue {
  const { addressText: address, deviceId: device, signed, issuedAt, expiresAt } = certificate
  return encodeFact({ kind: 'device', address, device, certificate: signed, issuedAt, expiresAt })
}
const count = (table: string) => Number(net.state.rows.get(`SELECT count(*) AS count FROM ${table}`)?.['count'])
/** A minute: six rounds, each done before the next. */
async function minute(): Promise<void> {
  for (let round = 0; round < 6; round++) {
    for (const fire of timers.splice(0)) fire()
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

it('what a node refused because its own clock was behind it has as soon as its clock is right', async () => {
  behind = 600_000
  const late = testIdentity()
  pages = [[deviceOf(late)], [encodeFact(testMail(testIdentity(), now()))]]
  catchUp.round()
  // What comes behind it is not held up.
  await expect.poll(() => count('mail')).toBe(1)
  expect(count('device')).toBe(0)
  behind = 0
  await minute()
  await expect.poll(() => count('device')).toBe(1)
})

it('a node that tells what is never taken holds up neither what it tells besides nor what else was refused', async () => {
  const ahead = { ...testMail(testIdentity(), now()), expiresAt: now() + 1_000 * 24 * 3_600_000 }
  behind = 600_000
  pages = Array.from({ length: 300 }, (_, page) => (page % 2 === 0 ? [encodeFact(ahead)] : [deviceOf(testIdentity())]))
  pages.push([encodeFact(testMail(testIdentity(), now()))])
  catchUp.round()
  await expect.poll(() => count('mail')).toBe(1)
  behind = 0
  for (let turn = 0; turn < 60 && count('device') < 150; turn++) await minute()
  expect(count('device')).toBe(150)
})

it('much mail of a device that is told of only later is there after one round', async () => {
  const bob = testIdentity()
  const mail = testMail(bob, now())
  const one = (sender: OverlayIdentity) => {
    const { id: envelopeId, bytes } = testEnvelope(sender)
    return encodeFact({ ...mail, envelopeId, bytes })
  }
  const sender = testIdentity()
  const sent = Array.from({ length: 5_100 }, () => one(sender))
  for (let at = 0; at < sent.length; at += 100) pages.push(sent.slice(at, at + 100))
  pages.push([deviceOf(bob)])
  catchUp.round()
  await expect.poll(() => count('mail')).toBe(5_100)
})
