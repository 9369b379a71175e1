import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTcpProxy, type TcpProxy } from '../testing/tcp-proxy.ts'
import { type Person, type PersonOptions, startTestnet, type Testnet } from '../testing/testnet.ts'

/** Less than the silence that counts as a sleep, so that a look at the ledger may be missed in between. */
const STEP_MS = 25_000
/** Many times what makes a device write its card anew. */
const MOST_STEPS = 40
/** Whole programs start and start again in each. */
const STORY_MS = 120_000
let net: Testnet
/** Bob's way to the node. */
let proxy: TcpProxy

beforeEach(async () => {
  net = await startTestnet({ nodes: 1 })
  proxy = await createTcpProxy()
  proxy.target = Number(new URL(net.nodes.addresses[0] ?? '').port)
})
afterEach(async () => {
  await net.stop()
  await proxy.close()
})

const statusOf = (person: Person) => person.call('network.status', {})
const recordsOf = async (person: Person) => (await statusOf(person)).signalling?.records ?? 0
const linksOf = async (person: Person) =>
  (await statusOf(person)).links.filter(({ state }) => state === 'connected').length
const pathOf = async (person: Person) => (await statusOf(person)).peers[0]?.path
const findable = (person: Person) =>
  expect.poll(async () => (await statusOf(person)).signalling?.card).toBe('published')
const becomes = (person: Person, path: string) => expect.poll(() => pathOf(person)).toBe(path)
const told = (person: Person, text: string) =>
  person.events.filter(({ name, payload }) => name === 'message' && (payload as { text?: string }).text === text).length

/** Alice is linked to a node; both have agreed to pay for records. */
async function two(bob: PersonOptions): Promise<[Person, Person]> {
  const people = await Promise.all([net.person('Alice', { funded: true }), net.person('Bob', { funded: true, ...bob })])
  for (const person of people) await person.call('settings.set', { ledgerSignalling: 'on' })
  await Promise.all(people.map(findable))
  return people
}

async function talk(from: Person, to: Person, text: string): Promise<void> {
  const arrived = to.next('message', (message) => message.text === text, 30_000)
  const delivered = from.next('message.state', ({ state }) => state === 'delivered', 30_000)
  await from.call('chats.send', { chat: to.address, text })
  await Promise.all([arrived, delivered])
}

/** The other has seen it go, and it is here again. */
async function again(person: Person, other: Person): Promise<void> {
  const gone = other.next('presence', ({ online }) => !online)
  await person.stop()
  await gone
  await person.restart()
  await findable(person)
}

/** They meet at the node; then nothing of Bob's gets there any more. */
async function part(): Promise<[Person, Person]> {
  const nodes = [`wss://127.0.0.1:${proxy.port}${new URL(net.nodes.addresses[0] ?? '').hash}`]
  const [alice, bob] = await two({ nodes })
  await expect.poll(() => linksOf(bob)).toBe(1)
  await net.befriend(alice, bob)
  await talk(alice, bob, 'by the node')
  await bob.stop()
  proxy.silence()
  await expect.poll(() => pathOf(alice)).toBe('offline')
  return [alice, bob]
}

/** Bob is here again, and has had no node for so long that his card is written anew. */
async function alone(bob: Person): Promise<void> {
  await bob.restart()
  await expect.poll(async () => (await statusOf(bob)).links.map(({ state }) => state)).not.toEqual([])
  for (let steps = 0; steps < MOST_STEPS && (await recordsOf(bob)) < 2; steps++) {
    bob.pass(STEP_MS)
    // On a local ledger a look.
    await sleep(1_000)
  }
  expect(await recordsOf(bob)).toBe(2)
}

const NO_NODES = { nodes: [] }

test(
  'who has only the ledger asks somebody with nodes, is accepted, and either writes first later',
  async () => {
    const [alice, bob] = await two(NO_NODES)
    await net.befriend(bob, alice)
    await Promise.all([becomes(alice, 'direct'), becomes(bob, 'direct')])
    await talk(bob, alice, 'from the ledger')
    await talk(alice, bob, 'from the nodes')
    const records = await recordsOf(alice)
    await again(bob, alice)
    await talk(alice, bob, 'later, from the nodes')
    expect(await recordsOf(alice)).toBe(records + 1)
    await again(bob, alice)
    await talk(bob, alice, 'later, from the ledger')
  },
  STORY_MS,
)

test(
  'who has nodes finds somebody who has only the ledger, and is accepted',
  async () => {
    const [alice, bob] = await two(NO_NODES)
    await net.befriend(alice, bob)
    await Promise.all([becomes(alice, 'direct'), becomes(bob, 'direct')])
    await talk(alice, bob, 'from the nodes')
  },
  STORY_MS,
)

test(
  'what waits at nodes for somebody who has lost them all goes by a direct connection, once',
  async () => {
    const [alice, bob] = await part()
    const records = await recordsOf(alice)
    await alice.call('chats.send', { chat: bob.address, text: 'where are you?' })
    // Nobody has said so far that Bob is on the ledger.
    await sleep(6_000)
    expect(await recordsOf(alice)).toBe(records)
    await alone(bob)
    alice.pass(60_000)
    await expect.poll(() => told(bob, 'where are you?')).toBe(1)
    expect(await recordsOf(alice)).toBe(records + 1)
    // What waited at the node comes there too.
    proxy.heal()
    await expect.poll(() => linksOf(bob)).toBe(1)
    await talk(alice, bob, 'afterwards')
    expect(told(bob, 'where are you?')).toBe(1)
  },
  STORY_MS,
)

test(
  'who has lost all nodes writes first, and is answered by the ledger',
  async () => {
    const [alice, bob] = await part()
    await alone(bob)
    await talk(bob, alice, 'from the ledger')
    await becomes(alice, 'direct')
    await talk(alice, bob, 'from the nodes')
  },
  STORY_MS,
)

test(
  'without the consent of who has nodes nothing is paid, and the message comes once it is given',
  async () => {
    const [alice, bob] = await part()
    await alice.call('settings.set', { ledgerSignalling: 'off' })
    const records = await recordsOf(alice)
    await alone(bob)
    await bob.call('chats.send', { chat: alice.address, text: 'hello?' })
    await becomes(bob, 'ledger')
    await alice.call('chats.send', { chat: bob.address, text: 'are you there?' })
    await sleep(3_000)
    expect(await recordsOf(alice)).toBe(records)
    await alice.call('settings.set', { ledgerSignalling: 'on' })
    await expect.poll(() => told(alice, 'hello?')).toBe(1)
  },
  STORY_MS,
)
