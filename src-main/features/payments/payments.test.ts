import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { fromHex, Secret, silentLog, systemClock, systemRandom, toHex } from '../../base/index.ts'
import type { Ledger } from '../../ledger/index.ts'
import { newPerson, type Person, type RunningLedger, startLedger } from '../../ledger/testing/index.ts'
import type { EventArrival } from '../../post/index.ts'
import { openStore, type Store } from '../../store/index.ts'
import { ConversationEvent, type ConversationEventInput, decodeStrict, digestBytes, encode } from '../../wire/index.ts'
import { Chats } from '../chat/index.ts'
import { Wallet } from '../wallet/index.ts'
import { Payments } from './index.ts'
import { bindingMemo } from './proof.ts'

const NANOS = 5_000_000n
let running: RunningLedger
let folder: string
let alice: Person
let bob: Person
const stores: Store[] = []

beforeAll(async () => {
  running = await startLedger()
})
afterAll(() => running.stop())
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parley-payments-'))
  ;[alice, bob] = [newPerson(), newPerson()]
  await running.ledger.faucet(alice.address)
})
afterEach(() => {
  for (const store of stores.splice(0)) store.close()
  rmSync(folder, { recursive: true })
})

/** The running ledger, with some of its answers otherwise. */
function changed(real: Ledger, changes: Partial<Ledger>): Ledger {
  return new Proxy(real, {
    get: (_, name: keyof Ledger) => {
      const value = changes[name] ?? real[name]
      return typeof value === 'function' ? value.bind(real) : value
    },
  })
}

/** Somebody waits at it until it is opened. */
function newGate() {
  const { promise, resolve } = Promise.withResolvers<void>()
  const arrived = Promise.withResolvers<void>()
  const pass = () => {
    arrived.resolve()
    return promise
  }
  return { pass, arrived: arrived.promise, open: resolve }
}

/** One device: everything of it is real but the way to the other, which the tests are themselves. */
function device(person: Person, contact: Person, changes: Partial<Ledger> = {}) {
  const file = join(folder, `${stores.length}.db`)
  const common = { clock: systemClock, random: systemRandom, log: silentLog }
  const store = openStore({ file, key: new Secret(systemRandom.bytes(32)), ...common })
  stores.push(store)
  store.contacts.save({
    ...{ address: contact.address, name: 'Other', theirName: undefined, note: undefined, state: 'accepted' },
    ...{ verified: false, addedAt: 1, requestState: undefined, certificate: undefined },
  })
  const none = () => Promise.reject(new Error('there is no group'))
  const sessions = { hasGroup: () => false, encrypt: none, devices: none, maintenance: none }
  const self = { address: person.address, device: 'd' }
  const chats = new Chats({ store, sessions, delivery: { wake: () => {} }, self, ...common })
  const ledger = changed(running.ledger, changes)
  const signerOf = () => Promise.resolve(person)
  const wallet = new Wallet({ store, ledger, signerOf, self: { address: person.address, name: 'Me' }, ...common })
  wallet.open()
  const payments = new Payments({ store, chats, wallet, ledger, self: person.address, ...common })
  const receive = (author: string, body: ConversationEventInput['body']) => {
    const input = { V1: { id: systemRandom.bytes(16), clock: { time: Date.now(), count: 0 }, body } }
    const event = decodeStrict(ConversationEvent, encode(ConversationEvent, input, 32_768), 'The message', 32_768).V1
    const arrival: EventArrival = { chat: contact.address, author, device: 'x', event: event as EventArrival['event'] }
    store.transaction(() => payments.take(arrival))
    payments.taken(arrival)
  }
  const state = (requestId: string) => store.paymentRequests.get(requestId)?.state
  return { store, wallet, payments, receive, state }
}

const asking = (requestId: string, nanos = NANOS) => ({
  PaymentRequest: { requestId: fromHex(requestId), nanos, note: 'Lunch' },
})
const saying = (requestId: string, outcome: 'Declined' | 'Cancelled' | string) => ({
  PaymentAnswer: {
    requestId: fromHex(requestId),
    outcome:
      outcome === 'Declined'
        ? { Declined: true as const }
        : outcome === 'Cancelled'
          ? { Cancelled: true as const }
          : { Paid: { digest: digestBytes(outcome) } },
  },
})
const newId = () => toHex(systemRandom.bytes(16))

test('clicked on two devices of one address at once, a request is paid once, and both know it', async () => {
  const devices = [device(alice, bob), device(alice, bob)]
  for (let round = 0; round < 5; round++) {
    const requestId = newId()
    for (const { receive } of devices) receive(bob.address, asking(requestId, NANOS + BigInt(round)))
    const before = await running.ledger.balance(bob.address)
    await Promise.allSettled(devices.map(({ payments }) => payments.pay(requestId, 0)))
    const again = await Promise.all(devices.map(({ payments }) => payments.pay(requestId, 0)))
    expect(again[0]?.digest).toBe(again[1]?.digest)
    expect(devices.map(({ state }) => state(requestId))).toEqual(['paid', 'paid'])
    expect(await running.ledger.balance(bob.address)).toBe(before + NANOS + BigInt(round))
  }
})

test('signed on one device, when a larger coin comes and another device pays with it: one of the two lands', async () => {
  const gate = newGate()
  const slow = device(alice, bob, {
    submit: (...signed) => gate.pass().then(() => running.ledger.submit(...signed)),
  })
  const quick = device(alice, bob)
  const requestId = newId()
  for (const { receive } of [slow, quick]) receive(bob.address, asking(requestId))
  const first = slow.payments.pay(requestId, 0)
  await gate.arrived
  const rich = newPerson()
  await running.ledger.faucet(rich.address)
  const gift = { from: rich.address, to: alice.address, nanos: 20_000_000_000n }
  await rich.submit(running.ledger, await running.ledger.prepareTransfer(gift))
  const second = await quick.payments.pay(requestId, 0)
  gate.open()
  expect((await first).digest).toBe(second.digest)
  expect(await running.ledger.balance(bob.address)).toBe(NANOS)
  expect([slow.state(requestId), quick.state(requestId)]).toEqual(['paid', 'paid'])
})

test('paid by another device after the first look and before the coins are chosen: nothing is signed', async () => {
  const gate = newGate()
  const slow = device(alice, bob, {
    prepareTransfer: (request) => gate.pass().then(() => running.ledger.prepareTransfer(request)),
  })
  const quick = device(alice, bob)
  const requestId = newId()
  for (const { receive } of [slow, quick]) receive(bob.address, asking(requestId))
  const first = slow.payments.pay(requestId, 0)
  await gate.arrived
  const second = await quick.payments.pay(requestId, 0)
  gate.open()
  expect((await first).digest).toBe(second.digest)
  expect(slow.store.transfers.list(5)).toEqual([])
  expect(await running.ledger.balance(bob.address)).toBe(NANOS)
})

test('a request waits for the coins that every device must take, while a plain payment takes others', async () => {
  const gate = newGate()
  let held = true
  const { payments, wallet, receive, store } = device(alice, bob, {
    submit: async (...signed) => {
      if (held) await gate.pass()
      return running.ledger.submit(...signed)
    },
  })
  const requestId = newId()
  receive(bob.address, asking(requestId))
  const holding = wallet.send(0, newPerson().address, { nanos: 1n })
  await gate.arrived
  held = false
  const paying = payments.pay(requestId, 0)
  const looked = Promise.race([paying, new Promise((resolve) => setTimeout(resolve, 300, 'waiting'))])
  expect(await looked).toBe('waiting')
  expect(store.transfers.forRequest(requestId)).toBeUndefined()
  gate.open()
  expect([await holding, await paying]).toMatchObject([{ state: 'done' }, { state: 'done' }])
})

test('paid on one device, and later on another that knows nothing of it: the ledger tells', async () => {
  const [first, second] = [device(alice, bob), device(alice, bob)]
  const requestId = newId()
  first.receive(bob.address, asking(requestId))
  const shown = await first.wallet.estimate(0, bob.address, { nanos: NANOS }, requestId)
  const { digest, fee } = await first.payments.pay(requestId, 0)
  expect(fee).toEqual(shown.fee)
  for (let others = 0; others < 60; others++) await first.wallet.send(0, newPerson().address, { nanos: 1n })
  second.receive(bob.address, asking(requestId))
  expect((await second.payments.pay(requestId, 0)).digest).toBe(digest)
  expect(await running.ledger.balance(bob.address)).toBe(NANOS)
})

test('claims are believed only where the ledger shows this payment of this request', async () => {
  const asker = device(bob, alice)
  const { requestId } = await asker.payments.request(alice.address, NANOS)
  const other = await asker.payments.request(alice.address, NANOS)
  const pay = async (nanos: bigint, memo?: Uint8Array, to = bob.address) => {
    const request = { from: alice.address, to, nanos, ...(memo ? { memo } : {}) }
    return (await alice.submit(running.ledger, await running.ledger.prepareTransfer(request))).digest
  }
  const claims = [
    await pay(NANOS),
    await pay(NANOS - 1n, bindingMemo(requestId)),
    await pay(NANOS + 1n, bindingMemo(requestId)),
    await pay(NANOS, bindingMemo(other.requestId)),
    await pay(NANOS, bindingMemo(requestId), newPerson().address),
    '1'.repeat(32),
  ]
  for (const digest of claims) asker.receive(alice.address, saying(requestId, digest))
  for (let look = 0; look < 3; look++) await asker.payments.look()
  expect(asker.state(requestId)).toBe('open')
  asker.receive(alice.address, saying(requestId, await pay(NANOS, bindingMemo(requestId))))
  await asker.payments.look()
  await asker.payments.look()
  expect(asker.state(requestId)).toBe('paid')
  expect(asker.state(other.requestId)).toBe('open')
})

test('answers before their request, twice, and of the wrong side come to the same end', async () => {
  const { receive, state, payments, store } = device(alice, bob)
  const [first, second, third] = [newId(), newId(), newId()]
  receive(bob.address, saying(first, 'Cancelled'))
  receive(bob.address, asking(first))
  receive(bob.address, asking(first))
  expect(state(first)).toBe('cancelled')
  receive(bob.address, saying(second, 'Declined'))
  receive(bob.address, asking(second))
  expect(state(second)).toBe('open')
  await payments.decline(second)
  await payments.decline(second)
  receive(bob.address, saying(second, 'Cancelled'))
  receive(bob.address, saying(second, 'Cancelled'))
  expect(state(second)).toBe('cancelled')
  await expect(payments.pay(second, 0)).rejects.toMatchObject({ code: 'conflict', reason: 'request_cancelled' })
  receive(bob.address, asking(third, 0n))
  expect(state(third)).toBeUndefined()
  // One commit for all of them: a thread that waits for the disk for seconds loses its idle connections to the ledger.
  store.transaction(() => {
    for (let count = 0; count < 1100; count++) receive(bob.address, saying(newId(), 'Cancelled'))
  })
  expect(store.paymentRequests.countAnswers(bob.address)).toBeLessThanOrEqual(1000)
})

test('a payment that is final while nobody tells the other is told after the next start', async () => {
  const { receive, state, payments, store, wallet } = device(alice, bob)
  const requestId = newId()
  receive(bob.address, asking(requestId))
  // As a process that was killed after the payment was written down: the answer was never posted.
  const order = { account: 0, to: bob.address, nanos: NANOS, memo: bindingMemo(requestId), kind: 'payment' as const }
  const { digest } = await wallet.pay({ ...order, requestId })
  store.paymentRequests.setState(requestId, 'paying', digest)
  const before = store.outbox.count()
  await payments.look()
  expect([state(requestId), store.outbox.count() - before]).toEqual(['paid', 1])
  expect((await payments.pay(requestId, 0)).digest).toBe(digest)
})

test('a payment is seen on the ledger where the answer to the request was lost', async () => {
  const asker = device(bob, alice)
  await asker.wallet.watch(0, true)
  const { requestId } = await asker.payments.request(alice.address, NANOS)
  const other = await asker.payments.request(alice.address, NANOS)
  const paying = device(alice, bob)
  paying.receive(bob.address, asking(requestId))
  await paying.payments.pay(requestId, 0)
  await asker.wallet.watch(0, false)
  await asker.payments.look()
  expect([asker.state(requestId), asker.state(other.requestId)]).toEqual(['paid', 'open'])
})
