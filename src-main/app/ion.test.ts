import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startLedgerGate } from '../testing/ledger-gate.ts'
import { type Person, startTestnet, type Testnet } from '../testing/testnet.ts'

const isDirect = (status: { peers: { path: string }[] }) => status.peers.some(({ path }) => path === 'direct')

/** Waits until the card is on the ledger. */
async function findable(person: Person): Promise<void> {
  const card = async () => (await person.call('network.status', {})).signalling?.card
  await expect.poll(card, { timeout: 10_000 }).toBe('published')
}

async function direct(person: Person): Promise<void> {
  await expect.poll(async () => isDirect(await person.call('network.status', {})), { timeout: 20_000 }).toBe(true)
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
    await expect.poll(signalling, { timeout: 5_000 }).toMatchObject(waiting)
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
    await expect.poll(records, { timeout: 5_000 }).toBe(before + 1)
    // Ten minutes go by.
    alice.clockOffsetMs = 600_000
    bob.clockOffsetMs = 600_000
    const arrived = bob.next('message', (message) => message.text === 'while you were away', 20_000)
    await bob.restart()
    await arrived
  })
})

describe('blocking with nothing but the ledger', () => {
  test('whoever is unblocked is met again, and what was written meanwhile arrives without anybody writing', async () => {
    const net = await startTestnet({ nodes: 0 })
    try {
      const [alice, bob] = await Promise.all([
        net.person('Alice', { funded: true }),
        net.person('Bob', { funded: true }),
      ])
      await meet(net, alice, bob)
      await bob.call('contacts.block', { address: alice.address })
      await alice.call('chats.send', { chat: bob.address, text: 'are you there?' })
      await new Promise((resolve) => setTimeout(resolve, 2_000))
      const arrived = bob.next('message', (message) => message.text === 'are you there?', 20_000)
      await bob.call('contacts.unblock', { address: alice.address })
      await arrived
      await Promise.all([direct(alice), direct(bob)])
    } finally {
      await net.stop()
    }
  })
})

describe('consent', () => {
  test('off: nothing is published, looked for or paid; on: it goes out by itself', async () => {
    const net = await startTestnet({ nodes: 0 })
    try {
      const [alice, bob] = await Promise.all([
        net.person('Alice', { funded: true }),
        net.person('Bob', { funded: true }),
      ])
      await Promise.all([findable(alice), findable(bob)])
      await alice.call('settings.set', { ledgerSignalling: 'off' })
      await alice.call('contacts.add', { address: bob.address, name: 'Bob' })
      expect(await alice.call('contacts.ledgerCost', {})).toMatchObject({ allowed: false })
      await new Promise((resolve) => setTimeout(resolve, 1_500))
      expect((await alice.call('network.status', {})).signalling).toMatchObject({
        ...{ allowed: false, reason: 'payment_required', records: 1 },
      })
      expect((await alice.call('contacts.list', {})).contacts).toMatchObject([{ requestState: 'sending' }])
      const request = bob.next('contact', ({ contact }) => contact.state === 'incoming', 15_000)
      await alice.call('settings.set', { ledgerSignalling: 'on' })
      await request
    } finally {
      await net.stop()
    }
  })
})

describe('clocks and faults', () => {
  test.each([60_000, -60_000])('clocks %i ms apart: contact, connection and chat', async (clockOffsetMs) => {
    const net = await startTestnet({ nodes: 0 })
    try {
      const [alice, bob] = await Promise.all([
        net.person('Alice', { funded: true }),
        net.person('Bob', { funded: true, clockOffsetMs }),
      ])
      await meet(net, alice, bob)
      await talk(alice, bob, 'What time is it?')
      await talk(bob, alice, 'Time to talk')
    } finally {
      await net.stop()
    }
  })

  test('the ledger restarts in the middle: nothing is lost, and they meet', async () => {
    const net = await startTestnet({ nodes: 0 })
    try {
      const [alice, bob] = await Promise.all([
        net.person('Alice', { funded: true }),
        net.person('Bob', { funded: true }),
      ])
      await Promise.all([findable(alice), findable(bob)])
      const request = bob.next('contact', ({ contact }) => contact.state === 'incoming', 20_000)
      await alice.call('contacts.add', { address: bob.address, name: 'Bob' })
      await net.restartLedger(1_500)
      await request
      await bob.call('contacts.accept', { address: alice.address })
      await net.restartLedger(1_500)
      await Promise.all([direct(alice), direct(bob)])
      await talk(alice, bob, 'Still here')
    } finally {
      await net.stop()
    }
  })

  test.each([0, 400])('the ledger goes away %i ms after an acceptance: both are connected later', async (ms) => {
    const net = await startTestnet({ nodes: 0 })
    try {
      const [alice, bob] = await Promise.all([
        net.person('Alice', { funded: true }),
        net.person('Bob', { funded: true }),
      ])
      await Promise.all([findable(alice), findable(bob)])
      const request = bob.next('contact', ({ contact }) => contact.state === 'incoming', 20_000)
      await alice.call('contacts.add', { address: bob.address, name: 'Bob' })
      await request
      await bob.call('contacts.accept', { address: alice.address })
      await new Promise((resolve) => setTimeout(resolve, ms))
      await net.restartLedger(2_000)
      for (const person of [alice, bob])
        await expect.poll(async () => isDirect(await person.call('network.status', {})), { timeout: 70_000 }).toBe(true)
    } finally {
      await net.stop()
    }
  })

  test.each(['refuse', 'lose'] as const)(
    'an acceptance whose writing met a fault (%s) comes before the offer',
    async (fate) => {
      const net = await startTestnet({ nodes: 0 })
      const gate = await startLedgerGate(net.ledgerUrl)
      try {
        const [alice, bob] = await Promise.all([
          net.person('Alice', { funded: true }),
          net.person('Bob', { funded: true, ledgerUrl: gate.url }),
        ])
        await Promise.all([findable(alice), findable(bob)])
        const request = bob.next('contact', ({ contact }) => contact.state === 'incoming', 20_000)
        await alice.call('contacts.add', { address: bob.address, name: 'Bob' })
        await request
        let faults = 0
        gate.fate = (method) => (method === 'iota_executeTransactionBlock' && faults++ === 0 ? fate : 'pass')
        await bob.call('contacts.accept', { address: alice.address })
        await Promise.all([direct(alice), direct(bob)])
        for (const person of [alice, bob])
          expect((await person.call('network.status', {})).signalling).toMatchObject({ records: 3 })
      } finally {
        await net.stop()
        await gate.stop()
      }
    },
  )

  test('an answer that was written too late to count is followed by an offer, and both are connected', async () => {
    const net = await startTestnet({ nodes: 0 })
    const gate = await startLedgerGate(net.ledgerUrl)
    try {
      const [alice, bob] = await Promise.all([
        net.person('Alice', { funded: true, ledgerUrl: gate.url }),
        net.person('Bob', { funded: true }),
      ])
      await Promise.all([findable(alice), findable(bob)])
      const request = bob.next('contact', ({ contact }) => contact.state === 'incoming', 20_000)
      await alice.call('contacts.add', { address: bob.address, name: 'Bob' })
      await request
      let answers = 0
      gate.fate = (method) => (method === 'iota_executeTransactionBlock' && answers++ >= 0 ? 'refuse' : 'pass')
      await bob.call('contacts.accept', { address: alice.address })
      await expect.poll(() => answers, { timeout: 10_000 }).toBeGreaterThan(0)
      // Four minutes go by until the ledger takes the answer.
      for (const person of [alice, bob]) person.clockOffsetMs = 240_000
      gate.fate = () => 'pass'
      await Promise.all([direct(alice), direct(bob)])
    } finally {
      await net.stop()
      await gate.stop()
    }
  })

  test('S2 nodes that are set up but gone: with the consent of both the ledger takes over, without it nothing is paid', async () => {
    const net = await startTestnet({ nodes: 0 })
    try {
      const options = { funded: true, nodes: [`wss://127.0.0.1:9#${'ab'.repeat(32)}`] }
      const [alice, bob] = await Promise.all([net.person('Alice', options), net.person('Bob', options)])
      expect((await alice.call('network.status', {})).signalling).toMatchObject({ allowed: false, card: 'none' })
      for (const person of [alice, bob]) await person.call('settings.set', { ledgerSignalling: 'on' })
      // The nodes are given a while to come back.
      for (const person of [alice, bob]) person.clockOffsetMs = 30_000
      await meet(net, alice, bob)
      await talk(alice, bob, 'Around the nodes')
    } finally {
      await net.stop()
    }
  })
})
