import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Message } from '../contract/index.ts'
import { type Person, startTestnet, type Testnet } from '../testing/testnet.ts'

let net: Testnet
let alice: Person
let bob: Person
beforeAll(async () => {
  net = await startTestnet({ nodes: 1 })
  ;[alice, bob] = await Promise.all([net.person('Alice', { funded: true }), net.person('Bob')])
  await net.befriend(alice, bob)
}, 30_000)
afterAll(() => net.stop())

/** Bob asks Alice; answers when the card is there on her side. */
async function ask(nanos: bigint, note?: string): Promise<string> {
  const arrives = alice.next('message', (message) => message.payment?.nanos === nanos)
  const { requestId } = await bob.call('wallet.request', { chat: alice.address, nanos, ...(note ? { note } : {}) })
  expect((await arrives).payment).toEqual({ requestId, nanos, state: 'open', ...(note ? { note } : {}) })
  return requestId
}

const becomes = (person: Person, requestId: string, state: string) =>
  person.next('message.changed', ({ payment }) => payment?.requestId === requestId && payment.state === state)

async function card(person: Person, other: Person, requestId: string): Promise<Message['payment']> {
  const { messages } = await person.call('chats.history', { chat: other.address })
  return messages.find(({ payment }) => payment?.requestId === requestId)?.payment
}

describe('a request for money in a chat', () => {
  test('is paid by a click, and believed paid by the other because the ledger shows it', async () => {
    const requestId = await ask(5_000_000n, 'Lunch')
    const [here, there] = [becomes(alice, requestId, 'paid'), becomes(bob, requestId, 'paid')]
    const { digest } = await alice.call('wallet.payRequest', { requestId })
    expect((await here).payment?.digest).toBe(digest)
    expect((await there).payment).toEqual({ requestId, nanos: 5_000_000n, note: 'Lunch', state: 'paid', digest })
    const { transaction } = await bob.call('wallet.transaction', { digest })
    expect(transaction).toMatchObject({ direction: 'in', nanos: 5_000_000n, counterparty: alice.address })
    expect((await alice.call('wallet.history', { limit: 1 })).transactions[0]).toMatchObject({ digest, note: 'Lunch' })
  })

  test('clicked many times at once is paid once, and every click has the same answer', async () => {
    const requestId = await ask(6_000_000n)
    const before = (await bob.call('wallet.balance', {})).nanos
    const there = becomes(bob, requestId, 'paid')
    const clicks = await Promise.all(Array.from({ length: 5 }, () => alice.call('wallet.payRequest', { requestId })))
    clicks.push(await alice.call('wallet.payRequest', { requestId }))
    expect(new Set(clicks.map(({ digest }) => digest)).size).toBe(1)
    await there
    expect((await bob.call('wallet.balance', {})).nanos).toBe(before + 6_000_000n)
  })

  test('from another account of the payer is believed too: the payment names the request', async () => {
    const { address, index } = await alice.call('wallet.addAccount', { name: 'Savings' })
    await alice.call('wallet.send', { to: address, nanos: 2_000_000_000n })
    const requestId = await ask(7_000_000n)
    const there = becomes(bob, requestId, 'paid')
    const { digest } = await alice.call('wallet.payRequest', { requestId, account: index })
    expect((await there).payment?.digest).toBe(digest)
  })

  test('is declined by the one who was asked, and taken back by the one who asked; then nobody can pay', async () => {
    const [first, second] = [await ask(8_000_000n), await ask(9_000_000n)]
    const declined = becomes(bob, first, 'declined')
    await alice.call('wallet.declineRequest', { requestId: first })
    await declined
    const cancelled = becomes(alice, second, 'cancelled')
    await bob.call('wallet.cancelRequest', { requestId: second })
    await cancelled
    for (const requestId of [first, second])
      await expect(alice.call('wallet.payRequest', { requestId })).rejects.toMatchObject({ code: 'conflict' })
    await expect(alice.call('wallet.cancelRequest', { requestId: first })).rejects.toMatchObject({ code: 'conflict' })
    await expect(bob.call('wallet.declineRequest', { requestId: second })).rejects.toMatchObject({ code: 'conflict' })
    await expect(bob.call('wallet.payRequest', { requestId: first })).rejects.toMatchObject({ code: 'conflict' })
  })

  test('that costs more than there is stays open, and can be paid from there on', async () => {
    const requestId = await ask(900_000_000_000n)
    await expect(alice.call('wallet.payRequest', { requestId })).rejects.toMatchObject({ code: 'insufficient_funds' })
    expect((await card(alice, bob, requestId))?.state).toBe('open')
  })

  test('is refused where it makes no sense', async () => {
    const chat = alice.address
    await expect(bob.call('wallet.request', { chat, nanos: 0n })).rejects.toMatchObject({ code: 'invalid_params' })
    await expect(bob.call('wallet.request', { chat, nanos: 10n ** 20n })).rejects.toMatchObject({
      code: 'invalid_params',
    })
    const stranger = `0x${'ab'.repeat(32)}`
    await expect(bob.call('wallet.request', { chat: stranger, nanos: 1n })).rejects.toMatchObject({
      code: 'not_a_contact',
    })
    await expect(bob.call('wallet.payRequest', { requestId: 'ab'.repeat(16) })).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  test('stays what it is over a restart of both', async () => {
    const requestId = await ask(11_000_000n)
    await Promise.all([alice.stop(), bob.stop()])
    await Promise.all([alice.restart(), bob.restart()])
    const there = becomes(bob, requestId, 'paid')
    await alice.call('wallet.payRequest', { requestId })
    await there
    expect((await card(alice, bob, requestId))?.state).toBe('paid')
  })
})
