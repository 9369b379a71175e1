import { describe, expect, it } from 'vitest'
import type { Clock } from '../../base/index.ts'
import { sha256 } from '../../crypto/index.ts'
import { testIdentity } from '../../testing/testnet-nodes.ts'
import { defaultLimits } from '../limits/limits.ts'
import { createEmbeddedState } from '../state/index.ts'
import { testEnvelope } from '../test-device.ts'
import { signAccepted } from './acceptance.ts'
import { Mailbox } from './mailbox.ts'

const DAY = 24 * 3_600_000
const bob = testIdentity()
const BOB = { address: bob.certificate.addressText, device: bob.certificate.deviceId }

async function open() {
  let now = 1_000_000
  const clock: Clock = { now: () => now, steady: () => now, after: () => () => {} }
  const state = createEmbeddedState({ path: ':memory:', limits: defaultLimits, onError: () => {} })
  await state.start()
  const mailbox = new Mailbox(state, clock)
  const store = async () => {
    const { id, bytes } = testEnvelope(testIdentity())
    await mailbox.store({ ...BOB, envelopeId: id, sender: '0xa11ce', request: false, ttl: DAY, bytes })
    return { id, digest: sha256(bytes) }
  }
  return { state, mailbox, store, pass: (ms: number) => (now += ms) }
}
const waiting = (mailbox: Mailbox) => mailbox.next(BOB.address, BOB.device, 0, 100).map((entry) => entry.envelopeId)

describe('the mailbox', () => {
  it('gives what has not expired in order, and forgets what the device accepted', async () => {
    const { state, mailbox, store, pass } = await open()
    const mails = [await store(), await store()]
    const ids = mails.map(({ id }) => id)
    const digest = mails[0]?.digest ?? new Uint8Array()
    expect(waiting(mailbox)).toEqual(ids)
    expect(mailbox.total()).toMatchObject({ envelopes: 2 })
    await mailbox.accept({ ...BOB, digest, signature: signAccepted(bob.deviceKey, { ...BOB, digest }) })
    expect(waiting(mailbox)).toEqual(ids.slice(1))
    expect(mailbox.wasAccepted(BOB.address, BOB.device, digest)).toBe(true)
    const other = sha256(digest)
    await mailbox.accept({ ...BOB, digest: other, signature: signAccepted(bob.deviceKey, { ...BOB, digest: other }) })
    expect(mailbox.wasAccepted(BOB.address, BOB.device, other)).toBe(false)
    expect(await mailbox.sweep()).toBe(0)
    pass(DAY)
    expect(waiting(mailbox)).toEqual([])
    expect(await mailbox.sweep()).toBe(2)
    await state.stop()
  })

  it('keeps what was accepted by another device, for another address, or with other bytes', async () => {
    const { state, mailbox, store } = await open()
    const { id, digest } = await store()
    const mallory = testIdentity()
    const signatures = [
      new Uint8Array(64),
      new Uint8Array(),
      signAccepted(mallory.deviceKey, { ...BOB, digest }),
      signAccepted(bob.deviceKey, { address: mallory.certificate.addressText, digest }),
      signAccepted(bob.deviceKey, { ...BOB, digest: sha256(digest) }),
    ]
    for (const signature of signatures)
      await expect(mailbox.accept({ ...BOB, digest, signature })).rejects.toMatchObject({ code: 'bad_signature' })
    expect(waiting(mailbox)).toEqual([id])
    await state.stop()
  })
})
