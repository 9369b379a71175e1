import { describe, expect, it } from 'vitest'
import type { Clock } from '../../base/index.ts'
import { testIdentity } from '../../testing/testnet-nodes.ts'
import { defaultLimits } from '../limits/limits.ts'
import { createEmbeddedState } from '../state/index.ts'
import { testEnvelope } from '../test-device.ts'
import { Mailbox } from './mailbox.ts'

const DAY = 24 * 3_600_000
const BOB = { address: '0xb0b', device: 'ab'.repeat(32) }

async function open() {
  let now = 1_000_000
  const clock: Clock = { now: () => now, after: () => () => {} }
  const state = createEmbeddedState({ path: ':memory:', limits: defaultLimits, onError: () => {} })
  await state.start()
  const mailbox = new Mailbox(state, clock)
  const store = async () => {
    const { id, bytes } = testEnvelope(testIdentity())
    await mailbox.store({ ...BOB, envelopeId: id, sender: '0xa11ce', request: false, ttl: DAY, bytes })
    return id
  }
  return { state, mailbox, store, pass: (ms: number) => (now += ms) }
}
const waiting = (mailbox: Mailbox) => mailbox.next(BOB.address, BOB.device, 0, 100).map((entry) => entry.envelopeId)

describe('the mailbox', () => {
  it('gives what has not expired in order, and forgets what the device accepted', async () => {
    const { state, mailbox, store, pass } = await open()
    const ids = [await store(), await store()]
    expect(waiting(mailbox)).toEqual(ids)
    expect(mailbox.total()).toMatchObject({ envelopes: 2 })
    await mailbox.accept(BOB.address, BOB.device, ids[0] ?? '')
    expect(waiting(mailbox)).toEqual(ids.slice(1))
    expect(mailbox.wasAccepted(BOB.address, BOB.device, ids[0] ?? '')).toBe(true)
    await mailbox.accept(BOB.address, BOB.device, 'ff'.repeat(16))
    expect(mailbox.wasAccepted(BOB.address, BOB.device, 'ff'.repeat(16))).toBe(false)
    expect(await mailbox.sweep()).toBe(0)
    pass(DAY)
    expect(waiting(mailbox)).toEqual([])
    expect(await mailbox.sweep()).toBe(2)
    await state.stop()
  })
})
