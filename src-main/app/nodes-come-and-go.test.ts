import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Person, startTestnet, type Testnet } from '../testing/testnet.ts'

const NODES = 3
let net: Testnet
beforeEach(async () => void (net = await startTestnet({ nodes: 0, registered: true })))
afterEach(() => net.stop())

const statusOf = (person: Person) => person.call('network.status', {})
const linked = async (person: Person) =>
  (await statusOf(person)).links.filter(({ state }) => state === 'connected').length
const recordsOf = async (person: Person) => (await statusOf(person)).signalling?.records
const findable = (person: Person) =>
  expect.poll(async () => (await statusOf(person)).signalling?.card).toBe('published')

async function talk(from: Person, to: Person, text: string, ms: number): Promise<void> {
  const arrived = to.next('message', (message) => message.text === text, ms)
  await from.call('chats.send', { chat: to.address, text })
  await arrived
}

it('what began over the ledger goes on over nodes that come, once; when they are gone the ledger takes over again', async () => {
  const people = [1, 2].map((number) => net.person(`Person ${number}`, { nodes: [], funded: true }))
  const [alice, bob] = (await Promise.all(people)) as [Person, Person]
  await Promise.all([findable(alice), findable(bob)])
  const asked = bob.next('contact', ({ contact }) => contact.state === 'incoming')
  await alice.call('contacts.add', { address: bob.address, name: 'Bob' })
  await asked
  const records = await recordsOf(alice)
  for (let count = 0; count < NODES; count++) await net.nodes.join()
  for (const person of [alice, bob])
    await expect.poll(() => linked(person), { timeout: 30_000 }).toBeGreaterThanOrEqual(1)
  const accepted = alice.next('contact', ({ contact }) => contact.state === 'accepted')
  await bob.call('contacts.accept', { address: alice.address })
  await accepted
  await talk(alice, bob, 'by nodes', 10_000)
  expect(await Promise.all([recordsOf(alice), recordsOf(bob)])).toEqual([records, 1])
  const requests = bob.events.filter(({ name, payload }) => {
    return name === 'contact' && (payload as { contact: { state: string } }).contact.state === 'incoming'
  })
  expect(requests).toHaveLength(1)

  await bob.stop()
  await Promise.all(Array.from({ length: NODES }, (_, index) => net.nodes.kill(index)))
  await bob.restart()
  await expect.poll(async () => (await linked(alice)) + (await linked(bob))).toBe(0)
  await talk(alice, bob, 'around the nodes', 60_000)
  expect(await recordsOf(alice)).toBeGreaterThan(records ?? 0)
}, 120_000)
