import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type LedgerGate, startLedgerGate } from '../testing/ledger-gate.ts'
import { type Person, type PersonOptions, startTestnet, type Testnet } from '../testing/testnet.ts'

const isDirect = (status: { peers: { path: string }[] }) => status.peers.some(({ path }) => path === 'direct')

/** Waits until the card is on the ledger. */
async function findable(person: Person): Promise<void> {
  const card = async () => (await person.call('network.status', {})).signalling?.card
  await expect.poll(card).toBe('published')
}

async function direct(person: Person, timeout = 20_000): Promise<void> {
  await expect.poll(async () => isDirect(await person.call('network.status', {})), { timeout }).toBe(true)
}

async function talk(from: Person, to: Person, text: string): Promise<void> {
  const arrived = to.next('message', (message) => message.text === text, 20_000)
  const delivered = from.next('message.state', ({ state }) => state === 'delivered', 20_000)
  await from.call('chats.send', { chat: to.address, text })
  await arrived
  await delivered
}

async function meet(net: Testnet, alice: Person, bob: Person): Promise<void> {
  await Promise.all([findable(alice), findable(bob)])
  await net.befriend(alice, bob)
  await Promise.all([direct(alice), direct(bob)])
}

interface Pair {
  net: Testnet
  alice: Person
  bob: Person
}

/** What is special of each. */
type Special = { alice?: PersonOptions; bob?: PersonOptions }

async function withLedger(story: (net: Testnet) => Promise<void>): Promise<void> {
  const net = await startTestnet({ nodes: 0 })
  try {
    await story(net)
  } finally {
    await net.stop()
  }
}

async function two(net: Testnet, { alice, bob }: Special): Promise<Pair> {
  const people = [net.person('Alice', { funded: true, ...alice }), net.person('Bob', { funded: true, ...bob })] as const
  const [first, second] = await Promise.all(people)
  return { net, alice: first, bob: second }
}

/** Two people who can pay, and nothing but a ledger; all of it is stopped after the story. */
function withTwo(story: (pair: Pair) => Promise<void>, special: Special = {}): Promise<void> {
  return withLedger(async (net) => story(await two(net, special)))
}

/** As `withTwo`, where a test decides what of one of them gets to the ledger. */
async function withGate(at: keyof Special, story: (pair: Pair, gate: LedgerGate) => Promise<void>): Promise<void> {
  let gate: LedgerGate | undefined
  try {
    await withLedger(async (net) => {
      gate = await startLedgerGate(net.ledgerUrl)
      await story(await two(net, { [at]: { ledgerUrl: gate.url } }), gate)
    })
  } finally {
    await gate?.stop()
  }
}

/** Both are findable, Alice asks Bob to be her contact, and Bob has the request; `meanwhile` happens on its way. */
async function ask(alice: Person, bob: Person, meanwhile?: () => Promise<void>): Promise<void> {
  await Promise.all([findable(alice), findable(bob)])
  const request = bob.next('contact', ({ contact }) => contact.state === 'incoming', 20_000)
  await alice.call('contacts.add', { address: bob.address, name: 'Bob' })
  await meanwhile?.()
  await request
}

describe('two people with nothing but the ledger', () => {
  let net: Testnet
  let alice: Person
  let bob: Person

  beforeAll(async () => {
    net = await startTestnet({ nodes: 0 })
    ;[alice, bob] = await Promise.all([net.person('Alice', { funded: true }), net.person('Bob')])
  })
  afterAll(() => net.stop())

  test('who has no tokens is told so, and is findable by itself once some have come', async () => {
    await findable(alice)
    const signalling = async () => (await bob.call('network.status', {})).signalling
    const waiting = { allowed: true, card: 'waiting', reason: 'insufficient_funds', records: 0 }
    await expect.poll(signalling).toMatchObject(waiting)
    await bob.call('wallet.faucet', {})
    await findable(bob)
  })

  test('a contact is asked for by address, shown with name and note, accepted, and reached directly', async () => {
    const request = bob.next('contact', ({ contact }) => contact.state === 'incoming')
    await alice.call('contacts.add', { address: bob.address, name: 'Bob', note: 'We met at the hut' })
    const { contact } = await request
    expect(contact).toMatchObject({ address: alice.address, theirName: 'Alice', note: 'We met at the hut' })
    const accepted = alice.next('contact', (event) => event.contact.state === 'accepted')
    const arranging = bob.next('network', ({ peers }) => peers[0]?.path === 'ledger')
    await bob.call('contacts.accept', { address: alice.address })
    await Promise.all([accepted, arranging])
    await Promise.all([direct(alice), direct(bob)])
    const { peers } = await alice.call('network.status', {})
    expect(peers).toMatchObject([{ address: bob.address, path: 'direct', arrangedBy: 'ledger' }])
    expect((await alice.call('contacts.list', {})).contacts).toMatchObject([{ online: true }])
  })

  test('they write to each other over it, and each paid for exactly a card and two records', async () => {
    await talk(alice, bob, 'Hello without anybody between us')
    await talk(bob, alice, 'And back')
    const cost = await alice.call('contacts.ledgerCost', {})
    for (const person of [alice, bob]) {
      const { signalling } = await person.call('network.status', {})
      expect(signalling).toMatchObject({ records: 1 + cost.records })
      expect(signalling?.spent.burned).toBe(3n * cost.perRecord.burned)
    }
  })

  test('who comes back is reached again as soon as somebody writes, and nothing is spent before', async () => {
    const spent = async () => (await alice.call('network.status', {})).signalling?.records
    const before = await spent()
    const gone = alice.next('presence', ({ online }) => !online)
    await bob.stop()
    await gone
    await bob.restart()
    await findable(bob)
    expect(await spent()).toBe(before)
    await talk(alice, bob, 'Are you back?')
    expect(await spent()).toBe((before ?? 0) + 1)
  })

  test('an offer that waited too long is answered by a fresh one, and the message arrives', async () => {
    const gone = alice.next('presence', ({ online }) => !online)
    await bob.stop()
    await gone
    const records = async () => (await alice.call('network.status', {})).signalling?.records ?? 0
    const before = await records()
    await alice.call('chats.send', { chat: bob.address, text: 'while you were away' })
    await expect.poll(async () => (await alice.call('network.status', {})).peers[0]?.path).toBe('ledger')
    await expect.poll(records).toBe(before + 1)
    // Ten minutes go by.
    alice.clockOffsetMs = 600_000
    bob.clockOffsetMs = 600_000
    const arrived = bob.next('message', (message) => message.text === 'while you were away', 20_000)
    await bob.restart()
    await arrived
  })
})

describe('blocking with nothing but the ledger', () => {
  test('whoever is unblocked is met again, and what was written meanwhile arrives without anybody writing', () =>
    withTwo(async ({ net, alice, bob }) => {
      await meet(net, alice, bob)
      await bob.call('contacts.block', { address: alice.address })
      await alice.call('chats.send', { chat: bob.address, text: 'are you there?' })
      await sleep(2_000)
      const arrived = bob.next('message', (message) => message.text === 'are you there?', 20_000)
      await bob.call('contacts.unblock', { address: alice.address })
      await arrived
      await Promise.all([direct(alice), direct(bob)])
    }))
})

describe('consent', () => {
  test('off: nothing is published, looked for or paid; on: it goes out by itself', () =>
    withTwo(async ({ alice, bob }) => {
      await Promise.all([findable(alice), findable(bob)])
      await alice.call('settings.set', { ledgerSignalling: 'off' })
      await alice.call('contacts.add', { address: bob.address, name: 'Bob' })
      expect(await alice.call('contacts.ledgerCost', {})).toMatchObject({ allowed: false })
      await sleep(1_500)
      expect((await alice.call('network.status', {})).signalling).toMatchObject({
        ...{ allowed: false, reason: 'payment_required', records: 1 },
      })
      expect((await alice.call('contacts.list', {})).contacts).toMatchObject([{ requestState: 'sending' }])
      const request = bob.next('contact', ({ contact }) => contact.state === 'incoming', 15_000)
      await alice.call('settings.set', { ledgerSignalling: 'on' })
      await request
    }))
})

describe('clocks and faults', () => {
  test.each([60_000, -60_000])('clocks %i ms apart: contact, connection and chat', (clockOffsetMs) =>
    withTwo(
      async ({ net, alice, bob }) => {
        await meet(net, alice, bob)
        await talk(alice, bob, 'What time is it?')
        await talk(bob, alice, 'Time to talk')
      },
      { bob: { clockOffsetMs } },
    ),
  )

  test('the ledger restarts in the middle: nothing is lost, and they meet', () =>
    withTwo(async ({ net, alice, bob }) => {
      await ask(alice, bob, () => net.restartLedger(1_500))
      await bob.call('contacts.accept', { address: alice.address })
      await net.restartLedger(1_500)
      await Promise.all([direct(alice), direct(bob)])
      await talk(alice, bob, 'Still here')
    }))

  // An offer that went astray comes again after a minute: the test has to outlast it.
  test.each([0, 400])(
    'the ledger goes away %i ms after an acceptance: both are connected later',
    (ms) =>
      withTwo(async ({ net, alice, bob }) => {
        await ask(alice, bob)
        await bob.call('contacts.accept', { address: alice.address })
        await sleep(ms)
        await net.restartLedger(2_000)
        for (const person of [alice, bob]) await direct(person, 70_000)
      }),
    90_000,
  )

  test.each(['refuse', 'lose'] as const)(
    'an acceptance whose writing met a fault (%s) comes before the offer',
    (fate) =>
      withGate('bob', async ({ alice, bob }, gate) => {
        await ask(alice, bob)
        let faults = 0
        gate.fate = (method) => (method === 'iota_executeTransactionBlock' && faults++ === 0 ? fate : 'pass')
        await bob.call('contacts.accept', { address: alice.address })
        await Promise.all([direct(alice), direct(bob)])
        for (const person of [alice, bob])
          expect((await person.call('network.status', {})).signalling).toMatchObject({ records: 3 })
      }),
  )

  test('an answer that was written too late to count is followed by an offer, and both are connected', () =>
    withGate('alice', async ({ alice, bob }, gate) => {
      await ask(alice, bob)
      let answers = 0
      gate.fate = (method) => (method === 'iota_executeTransactionBlock' && answers++ >= 0 ? 'refuse' : 'pass')
      await bob.call('contacts.accept', { address: alice.address })
      await expect.poll(() => answers).toBeGreaterThan(0)
      // Four minutes go by until the ledger takes the answer.
      for (const person of [alice, bob]) person.clockOffsetMs = 240_000
      gate.fate = () => 'pass'
      await Promise.all([direct(alice), direct(bob)])
    }))

  test('S2 nodes that are set up but gone: with the consent of both the ledger takes over, without it nothing is paid', () => {
    const gone = { nodes: [`wss://127.0.0.1:9#${'ab'.repeat(32)}`] }
    return withTwo(
      async ({ net, alice, bob }) => {
        expect((await alice.call('network.status', {})).signalling).toMatchObject({ allowed: false, card: 'none' })
        for (const person of [alice, bob]) await person.call('settings.set', { ledgerSignalling: 'on' })
        // The nodes are given a while to come back.
        for (const person of [alice, bob]) person.clockOffsetMs = 30_000
        await meet(net, alice, bob)
        await talk(alice, bob, 'Around the nodes')
      },
      { alice: gone, bob: gone },
    )
  })
})
