import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Person, startTestnet, type Testnet, TEST_PASSPHRASE } from '../testing/testnet.ts'

describe('the main job on a real local network', () => {
  let net: Testnet
  let alice: Person
  let bob: Person

  beforeAll(async () => {
    net = await startTestnet()
    ;[alice, bob] = await Promise.all([net.person('Alice', { funded: true }), net.person('Bob')])
  })
  afterAll(() => net.stop())

  test('a contact is asked for, shown with name and note, and accepted', async () => {
    const request = bob.next('contact', ({ contact }) => contact.state === 'incoming')
    const added = await alice.call('contacts.add', { address: bob.address, name: 'Bob', note: 'We met at the hut' })
    expect(added).toMatchObject({ state: 'requested', name: 'Bob' })
    await expect(alice.call('chats.send', { chat: bob.address, text: 'too early' })).rejects.toMatchObject({
      code: 'not_a_contact',
    })
    const { contact } = await request
    expect(contact).toMatchObject({ address: alice.address, theirName: 'Alice', note: 'We met at the hut' })
    const accepted = alice.next('contact', (event) => event.contact.state === 'accepted')
    await bob.call('contacts.accept', { address: alice.address })
    await accepted
  })

  test('text goes both ways, once, with its states up to read', async () => {
    for (const [from, to] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      const arrived = to.next('message')
      const delivered = from.next('message.state', (event) => event.state === 'delivered')
      const { messageId } = await from.call('chats.send', { chat: to.address, text: `Hello from ${from.name}` })
      expect(await arrived).toMatchObject({
        id: messageId,
        chat: from.address,
        text: `Hello from ${from.name}`,
        outgoing: false,
      })
      expect((await delivered).messageId).toBe(messageId)
      const read = from.next('message.state', (event) => event.state === 'read')
      await to.call('chats.markRead', { chat: from.address, messageId })
      expect((await read).messageId).toBe(messageId)
    }
    const { messages } = await bob.call('chats.history', { chat: alice.address })
    expect(messages.map((message) => message.text)).toEqual(['Hello from Bob', 'Hello from Alice'])
    expect((await bob.call('chats.list', {})).chats).toMatchObject([{ id: alice.address, unread: 0 }])
  })

  test('a direct path opens beside the relay and messages go over it', async () => {
    const isDirect = (status: { peers: { path: string }[] }) => status.peers[0]?.path === 'direct'
    if (!isDirect(await alice.call('network.status', {}))) await alice.next('network', isDirect)
    const arrived = bob.next('message')
    await alice.call('chats.send', { chat: bob.address, text: 'over the direct path' })
    expect(await arrived).toMatchObject({ text: 'over the direct path' })
  })

  test('a payment shows its fee before, costs exactly that, and reaches the other', async () => {
    const before = await alice.call('wallet.balance', {})
    const { fee, total } = await alice.call('wallet.estimate', { to: bob.address, nanos: 1_500_000_000n })
    expect(total).toBe(1_500_000_000n + fee.burned + fee.deposit + fee.relay)
    const received = bob.next('wallet.transaction', (transaction) => transaction.direction === 'in')
    const sent = await alice.call('wallet.send', { to: bob.address, nanos: 1_500_000_000n })
    expect(sent.fee).toEqual(fee)
    expect((await alice.call('wallet.balance', {})).nanos).toBe(before.nanos - total)
    expect(await received).toMatchObject({ digest: sent.digest, nanos: 1_500_000_000n, counterparty: alice.address })
    expect((await bob.call('wallet.balance', {})).nanos).toBe(1_500_000_000n)
    const [newest] = (await alice.call('wallet.history', { limit: 5 })).transactions
    expect(newest).toMatchObject({ digest: sent.digest, direction: 'out', state: 'done', counterparty: bob.address })
  })

  test('more than the balance, nothing, and an address with a typo are refused and cost nothing', async () => {
    const before = await alice.call('wallet.balance', {})
    const over = before.nanos + 1n
    await expect(alice.call('wallet.send', { to: bob.address, nanos: over })).rejects.toMatchObject({
      code: 'insufficient_funds',
    })
    await expect(alice.call('wallet.send', { to: bob.address, nanos: 0n })).rejects.toMatchObject({
      code: 'invalid_params',
    })
    await expect(alice.call('wallet.send', { to: `${bob.address}0`, nanos: 1n })).rejects.toMatchObject({
      code: 'bad_address',
    })
    expect(await alice.call('wallet.balance', {})).toEqual(before)
  })

  test('presence: the other is online, and offline soon after it leaves', async () => {
    expect((await alice.call('contacts.list', {})).contacts).toMatchObject([{ address: bob.address, online: true }])
    const left = alice.next('presence', (event) => event.address === bob.address && !event.online)
    await bob.stop()
    await left
    const back = alice.next('presence', (event) => event.address === bob.address && event.online)
    await bob.restart()
    await back
  })

  test('a blocked contact who is unblocked is a contact again, with everything said, and cannot write meanwhile', async () => {
    const before = (await bob.call('chats.history', { chat: alice.address })).messages.length
    await bob.call('contacts.block', { address: alice.address })
    const failed = alice.next('message.state', (change) => change.state === 'failed', 20_000)
    await alice.call('chats.send', { chat: bob.address, text: 'are you there?' })
    expect(await failed).toMatchObject({ failure: 'not_a_contact' })
    await bob.call('contacts.unblock', { address: alice.address })
    expect((await bob.call('contacts.list', {})).contacts).toMatchObject([{ state: 'accepted', name: 'Alice' }])
    const arrived = bob.next('message', (message) => message.text === 'good to be back')
    await alice.call('chats.send', { chat: bob.address, text: 'good to be back' })
    await arrived
    expect((await bob.call('chats.history', { chat: alice.address })).messages).toHaveLength(before + 1)
  })

  test('once unblocking has answered, the nodes know: both can write at once, time after time', async () => {
    for (let time = 0; time < 10; time++) {
      await bob.call('contacts.block', { address: alice.address })
      await bob.call('contacts.unblock', { address: alice.address })
      const texts = [`to Bob ${time}`, `to Alice ${time}`] as const
      const arrived = [
        bob.next('message', ({ text, outgoing }) => text === texts[0] && !outgoing),
        alice.next('message', ({ text, outgoing }) => text === texts[1] && !outgoing),
      ]
      await alice.call('chats.send', { chat: bob.address, text: texts[0] })
      await bob.call('chats.send', { chat: alice.address, text: texts[1] })
      await Promise.all(arrived)
    }
  })

  test('lock closes everything and the passphrase opens it again', async () => {
    await bob.call('identity.lock', {})
    await expect(bob.call('contacts.list', {})).rejects.toMatchObject({ code: 'locked' })
    await expect(bob.call('identity.unlock', { passphrase: 'wrong one' })).rejects.toMatchObject({
      code: 'wrong_passphrase',
    })
    const arrived = bob.next('message', (message) => message.text === 'while you were locked')
    await alice.call('chats.send', { chat: bob.address, text: 'while you were locked' })
    await bob.call('identity.unlock', { passphrase: TEST_PASSPHRASE })
    await arrived
  })
})

describe('people who are not there', () => {
  let net: Testnet

  beforeAll(async () => {
    net = await startTestnet()
  })
  afterAll(() => net.stop())

  test('200 messages written while the other is away arrive once, in order, and are told as delivered later', async () => {
    const [alice, bob] = await Promise.all([net.person('Alice'), net.person('Bob')])
    await net.befriend(alice, bob)
    await bob.stop()
    const texts = Array.from({ length: 200 }, (_, index) => `message ${index}`)
    for (const text of texts) await alice.call('chats.send', { chat: bob.address, text })
    await untilState(alice, bob.address, 'stored')
    await alice.stop()
    await bob.restart()
    await expect
      .poll(async () => (await bob.call('chats.history', { chat: alice.address, limit: 200 })).messages.length, {
        // For all of them, however slowly, where others want the processors too.
        timeout: 60_000,
      })
      .toBe(200)
    const { messages } = await bob.call('chats.history', { chat: alice.address, limit: 200 })
    expect(messages.map((message) => message.text).reverse()).toEqual(texts)
    await new Promise((resolve) => setTimeout(resolve, 500))
    await bob.stop()
    await alice.restart()
    await untilState(alice, bob.address, 'delivered')
    // Its waits together: each has its own deadline.
  }, 200_000)

  test('two people who ask each other at once become contacts with one group, and both can write', async () => {
    const [carla, dan] = await Promise.all([net.person('Carla'), net.person('Dan')])
    const both = Promise.all(
      [carla, dan].map((person) => person.next('contact', ({ contact }) => contact.state === 'accepted', 15_000)),
    )
    await Promise.all([
      carla.call('contacts.add', { address: dan.address, name: 'Dan' }),
      dan.call('contacts.add', { address: carla.address, name: 'Carla' }),
    ])
    await both
    const arrivals = [dan.next('message'), carla.next('message')]
    await Promise.all([
      carla.call('chats.send', { chat: dan.address, text: 'first' }),
      dan.call('chats.send', { chat: carla.address, text: 'second' }),
    ])
    await Promise.all(arrivals)
    await untilState(carla, dan.address, 'delivered')
    await untilState(dan, carla.address, 'delivered')
  })

  test('a stranger cannot write, an ignored or blocked one is not heard', async () => {
    const [eve, frank] = await Promise.all([net.person('Eve'), net.person('Frank')])
    await expect(eve.call('chats.send', { chat: frank.address, text: 'buy this' })).rejects.toMatchObject({
      code: 'not_a_contact',
    })
    const asked = frank.next('contact', ({ contact }) => contact.state === 'incoming')
    await eve.call('contacts.add', { address: frank.address })
    await asked
    await frank.call('contacts.block', { address: eve.address })
    await expect(frank.call('chats.send', { chat: eve.address, text: 'x' })).rejects.toMatchObject({
      code: 'not_a_contact',
    })
    expect((await eve.call('contacts.list', {})).contacts).toMatchObject([{ state: 'requested' }])
  })
})

/** Waits until every message that this person wrote in the chat is at least in this state. */
async function untilState(person: Person, chat: string, wanted: 'stored' | 'delivered'): Promise<void> {
  const reached = wanted === 'stored' ? ['stored', 'delivered', 'read'] : ['delivered', 'read']
  const left = async () => {
    const { messages } = await person.call('chats.history', { chat, limit: 200 })
    return messages.filter((message) => message.outgoing && !reached.includes(message.state)).length
  }
  await expect.poll(left, { timeout: 60_000, interval: 250 }).toBe(0)
}
