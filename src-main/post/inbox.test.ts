import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Secret, silentLog, systemClock, systemRandom } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'
import { issueCertificate, sealingPublicKey, signingKeyFromSeed } from '../crypto/index.ts'
import type { Sessions } from '../session/index.ts'
import { openStore, type Store } from '../store/index.ts'
import type { DeviceCertificate, SealedContentInput } from '../wire/index.ts'
import { CATCHING_UP_MOST_MS, WAITING_MS } from './constants.ts'
import { type EventArrival, Inbox, makeEnvelope, sealContent, type Sealer } from './index.ts'

const CHAIN = 'abcd1234'
const seed = (value: number) => new Secret(new Uint8Array(32).fill(value))

function device(value: number, chain = CHAIN): Sealer {
  const deviceKey = signingKeyFromSeed(seed(value))
  const certificate = issueCertificate(signingKeyFromSeed(seed(value + 1)), {
    devicePublicKey: deviceKey.publicKey,
    sealingKey: sealingPublicKey(seed(value + 2)),
    label: 'test',
    issuedAt: Date.now() - 1000,
    expiresAt: Date.now() + 3600_000,
  })
  return { certificate, deviceKey, sealingKey: seed(value + 2), chain }
}

const alice = device(10)
const bob = device(20)
const eve = device(30)
/** Where the sealed body begins: behind version, id, sender and the sender's own time, which nothing relies on. */
const BODY_AT = 1 + 16 + 32 + 8
const request: SealedContentInput = { ContactRequest: { name: 'Alice', note: 'Hi' } }

describe('what arrives', () => {
  let folder: string
  let store: Store
  let inbox: Inbox
  let heard: { from: DeviceCertificate; kind: string }[]
  let unreadable: string[]
  let repeats: string[]
  let fault: ParleyError | undefined
  let received: () => Promise<'read' | 'later'>
  let catchesUp: boolean
  let ahead: number
  /** Milliseconds by which only the wall clock was set. */
  let set: number

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'parley-inbox-'))
    store = openStore({ file: join(folder, 'x.db'), key: seed(1), clock: systemClock, log: silentLog })
    ;[heard, unreadable, repeats, fault] = [[], [], [], undefined]
    received = async () => 'later'
    ;[ahead, set, catchesUp] = [0, 0, false]
    const sessions = { receive: () => received() } as unknown as Sessions
    inbox = new Inbox({
      store,
      sessions,
      sealer: bob,
      isCatchingUp: () => catchesUp,
      clock: { ...systemClock, now: () => systemClock.now() + ahead + set, steady: () => systemClock.steady() + ahead },
      log: silentLog,
      handlers: {
        onEvent: (_arrival: EventArrival) => {},
        afterEvent: () => {},
        onSealed: async (from, content) => {
          if (fault) throw fault
          heard.push({ from, kind: content.$kind })
        },
        onRepeat: (from) => void repeats.push(from),
        onUnreadable: async (from) => void unreadable.push(from),
      },
    })
    inbox.start()
  })
  afterEach(() => {
    inbox.stop()
    store.close()
    rmSync(folder, { recursive: true })
  })

  /** Gives an envelope and answers whether it was accepted, which a busy machine may take long for. */
  async function give(bytes: Uint8Array, from = alice.certificate.deviceId): Promise<boolean> {
    let accepted = false
    inbox.receive(bytes, from, () => (accepted = true))
    for (let wait = 0; wait < 2_000 && !accepted; wait++) await new Promise((resolve) => setTimeout(resolve, 5))
    return accepted
  }
  async function sealed(sender: Sealer, to = bob.certificate, content = request, at = Date.now()): Promise<Uint8Array> {
    const body = await sealContent(sender, to, content, at)
    return makeEnvelope(sender.certificate.deviceId, body, at, systemRandom)
  }
  const group = () => {
    const body = { Group: { groupId: new Uint8Array(32).fill(5), message: Uint8Array.of(1, 2, 3) } }
    return makeEnvelope(alice.certificate.deviceId, body, Date.now(), systemRandom)
  }

  test('a sealed request is heard once, with the certificate of who signed it; a repeat is only accepted', async () => {
    const bytes = await sealed(alice)
    expect(await give(bytes)).toBe(true)
    expect(await give(bytes)).toBe(true)
    expect(heard.map((one) => [one.from.addressText, one.kind])).toEqual([
      [alice.certificate.addressText, 'ContactRequest'],
    ])
    expect(repeats).toEqual([alice.certificate.deviceId])
  })

  test('the same envelope over two ways at once is heard once and accepted on both', async () => {
    const bytes = await sealed(alice)
    expect(await Promise.all([give(bytes), give(bytes)])).toEqual([true, true])
    expect(heard).toHaveLength(1)
  })

  test('what a node makes up under the id of a message does not have the message dropped, before it or at once with it', async () => {
    const made = async () => {
      const real = await sealed(alice)
      const fake = await sealed(alice, eve.certificate)
      fake.set(real.subarray(1, 17), 1)
      return { real, fake }
    }
    const first = await made()
    expect(await give(first.fake)).toBe(true)
    expect(await give(first.real)).toBe(true)
    const second = await made()
    expect(await Promise.all([give(second.fake), give(second.real)])).toEqual([true, true])
    expect(heard).toHaveLength(2)
    expect(await give(second.fake)).toBe(true)
    expect(heard).toHaveLength(2)
  })

  test.each([
    ['meant for another device', () => sealed(alice, eve.certificate)],
    ['signed for another ledger', () => sealed({ ...alice, chain: 'ffffffff' })],
    ['signed with a key that the certificate does not name', () => sealed({ ...alice, deviceKey: eve.deviceKey })],
    ['naming another sender than its way', () => sealed({ ...eve, certificate: alice.certificate }, bob.certificate)],
    ['two months old', () => sealed(alice, bob.certificate, request, Date.now() - 60 * 24 * 3600_000)],
    ['from next week', () => sealed(alice, bob.certificate, request, Date.now() + 7 * 24 * 3600_000)],
  ])('a sealed message %s is refused, accepted so that it does not come again, and not heard', async (_what, make) => {
    expect(await give(await make())).toBe(true)
    expect(heard).toEqual([])
  })

  test('an envelope whose sender is not who the link says is dropped', async () => {
    expect(await give(await sealed(alice), eve.certificate.deviceId)).toBe(true)
    expect(heard).toEqual([])
  })

  test('our own fault does not accept the envelope; it is tried again here, and heard once when the fault is over', async () => {
    fault = new ParleyError('storage_full', 'The disk is full.')
    const bytes = await sealed(alice)
    let accepted = 0
    inbox.receive(bytes, alice.certificate.deviceId, () => accepted++)
    await new Promise((resolve) => setTimeout(resolve, 200))
    // The node offers it again meanwhile.
    inbox.receive(bytes, alice.certificate.deviceId, () => accepted++)
    expect(accepted).toBe(0)
    fault = undefined
    await expect.poll(() => accepted).toBe(2)
    expect(heard).toHaveLength(1)
  })

  test('what cannot be deciphered is dropped; where a log orders the keys, the members may be split, and a new group is asked for', async () => {
    const times = { createdAt: 0, messagesSinceUpdate: 0, updatedAt: 0 }
    const ids = {
      groupId: new Uint8Array(32).fill(5),
      chat: 'c',
      creator: 'c',
      generation: 0,
      state: new Uint8Array([1]),
      active: true,
    }
    received = async () => {
      throw new ParleyError('bad_signature', 'not readable')
    }
    store.groups.save({ ...ids, ...times, log: undefined })
    expect(await give(group())).toBe(true)
    expect(unreadable).toEqual([])
    store.groups.save({ ...ids, ...times, log: { id: new Uint8Array(32), next: 0, last: undefined } })
    expect(await give(group())).toBe(true)
    expect(unreadable).toEqual([alice.certificate.deviceId])
  })

  test('a message that is ahead waits as long as its keys are being fetched', async () => {
    const sweep = () => new Promise((resolve) => setTimeout(resolve, WAITING_MS / 4 + 300))
    catchesUp = true
    let accepted = 0
    inbox.receive(group(), alice.certificate.deviceId, () => accepted++)
    ahead = WAITING_MS * 1.5
    await sweep()
    expect([accepted, unreadable]).toEqual([0, []])
    catchesUp = false
    ahead = WAITING_MS * 3
    await sweep()
    expect([accepted, unreadable]).toEqual([1, [alice.certificate.deviceId]])
  })

  test('a message that is ahead still waits when the clock is put right by two days', async () => {
    let accepted = 0
    inbox.receive(group(), alice.certificate.deviceId, () => accepted++)
    await new Promise((resolve) => setTimeout(resolve, 50))
    set = 2 * 24 * 3600_000
    await new Promise((resolve) => setTimeout(resolve, WAITING_MS / 4 + 300))
    expect([accepted, unreadable]).toEqual([0, []])
  })

  test('a message that is ahead does not wait for ever, however long its keys are being fetched', async () => {
    catchesUp = true
    let accepted = 0
    inbox.receive(group(), alice.certificate.deviceId, () => accepted++)
    // It waits from when it was tried.
    await new Promise((resolve) => setTimeout(resolve, 50))
    ahead = CATCHING_UP_MOST_MS
    await expect.poll(() => accepted, { timeout: WAITING_MS }).toBe(1)
    expect(unreadable).toEqual([alice.certificate.deviceId])
  })

  test(
    'a message of an unknown group waits for its Welcome, then a new group is asked for once and it is let go',
    async () => {
      const bytes = [group(), group(), group()]
      let accepted = 0
      for (const one of bytes) inbox.receive(one, alice.certificate.deviceId, () => accepted++)
      await new Promise((resolve) => setTimeout(resolve, 200))
      expect(accepted).toBe(0)
      inbox.retryWaiting()
      await expect.poll(() => accepted, { timeout: WAITING_MS * 2 }).toBe(3)
      expect(unreadable).toEqual([alice.certificate.deviceId])
    },
    WAITING_MS * 3,
  )

  test('20,000 random byte strings and 2,000 damaged envelopes never throw and are never heard', async () => {
    let accepted = 0
    for (let round = 0; round < 20_000; round++)
      inbox.receive(systemRandom.bytes(round % 200), alice.certificate.deviceId, () => accepted++)
    expect(accepted).toBe(20_000)
    const good = await sealed(alice)
    for (let round = 0; round < 2000; round++) {
      const at = BODY_AT + ((round * 7) % (good.length - BODY_AT))
      const bad = new Uint8Array(good).with(at, (good[at] ?? 0) ^ (1 + (round % 255)))
      inbox.receive(bad, alice.certificate.deviceId, () => {})
      if (round % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    }
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(heard).toEqual([])
  })
})
