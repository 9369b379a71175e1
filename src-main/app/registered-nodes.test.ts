import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Person, startTestnet, type Testnet } from '../testing/testnet.ts'

const NOTHING = { burned: 0n, deposit: 0n, relay: 0n }
let net: Testnet
beforeEach(async () => void (net = await startTestnet({ nodes: 4, registered: true })))
afterEach(() => net.stop())

it('who is given one node by hand finds the registered ones by it, and writes to somebody given another', async () => {
  const [first = '', second = ''] = net.nodes.addresses
  const alice = await net.person('Alice', { nodes: [first] })
  const bob = await net.person('Bob', { nodes: [second] })
  const linked = async () => {
    const { links } = await alice.call('network.status', {})
    return links.filter(({ state }) => state === 'connected').length
  }
  await expect.poll(linked).toBeGreaterThanOrEqual(3)
  await net.befriend(alice, bob)
  const arrived = bob.next('message', (message) => message.text === 'by the registry')
  await alice.call('chats.send', { chat: bob.address, text: 'by the registry' })
  await arrived
}, 30_000)

const linksOf = async (person: Person) => {
  const { links } = await person.call('network.status', {})
  return links.filter(({ state }) => state === 'connected').map(({ endpoint }) => endpoint)
}

it('a new profile that was told a ledger and no node finds the registered nodes by itself', async () => {
  const alice = await net.person('Alice', { nodes: [] })
  await expect.poll(() => linksOf(alice).then(({ length }) => length), { timeout: 20_000 }).toBeGreaterThanOrEqual(3)
  const isHome = async () => (await alice.call('network.usage', {})).nodes.filter(({ home }) => home)
  await expect.poll(isHome).toHaveLength(3)
  // Free nodes, whose prices are zeros, and which name no record of theirs.
  const free = { source: 'registered', prices: { relayedMb: 0n, storedMbDay: 0n, forwardedTransaction: 0n } }
  await expect.poll(isHome).toEqual(Array.from({ length: 3 }, () => expect.objectContaining(free)))
}, 40_000)

it('who was told a ledger and no node writes by the registered nodes, and nothing to the ledger', async () => {
  const people = [net.person('Alice', { nodes: [] }), net.person('Bob', { nodes: [], funded: true, direct: false })]
  const [alice, bob] = (await Promise.all(people)) as [Person, Person]
  await net.befriend(alice, bob)
  const arrived = bob.next('message', (message) => message.text === 'by nodes that were found')
  await alice.call('chats.send', { chat: bob.address, text: 'by nodes that were found' })
  await arrived
  for (const person of [alice, bob]) {
    const { signalling } = await person.call('network.status', {})
    expect(signalling).toEqual({ allowed: true, card: 'none', records: 0, spent: NOTHING })
  }
}, 40_000)

it('who was away while all nodes were replaced finds the new ones, and gets what came meanwhile', async () => {
  const old = [...net.nodes.addresses]
  const [alice, bob] = [await net.person('Alice', { nodes: old }), await net.person('Bob', { nodes: old })]
  await net.befriend(alice, bob)
  await bob.stop()
  await alice.call('chats.send', { chat: bob.address, text: 'before' })
  for (const index of old.keys()) {
    await net.nodes.join()
    const nodes = () => net.nodes.nodes[old.length + index]?.peers().length ?? 0
    await expect.poll(nodes).toBe(old.length)
    await net.nodes.kill(index)
    const linked = () => linksOf(alice).then(({ length }) => length)
    await expect.poll(linked, { timeout: 20_000 }).toBeGreaterThanOrEqual(1)
  }
  await alice.call('chats.send', { chat: bob.address, text: 'after' })
  await bob.restart()
  const texts = async () => {
    const { messages } = await bob.call('chats.history', { chat: alice.address })
    return messages.map(({ text }) => text)
  }
  await expect.poll(texts, { timeout: 60_000 }).toEqual(expect.arrayContaining(['before', 'after']))
  expect((await linksOf(bob)).every((endpoint) => !old.some((one) => one.startsWith(endpoint)))).toBe(true)
}, 120_000)
