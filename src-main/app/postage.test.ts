import { afterEach, expect, test } from 'vitest'
import { type Person, startTestnet, type Testnet } from '../testing/testnet.ts'

const POSTAGE = 5_000_000n
const prices = { relayedMb: 0n, storedMbDay: 0n, forwardedTransaction: 0n }
let net: Testnet
afterEach(() => net.stop())

const paid = async (person: Person) => (await person.call('network.usage', {})).paid
const contactOf = async (person: Person, address: string) =>
  (await person.call('contacts.list', {})).contacts.find((contact) => contact.address === address)

test('a contact request shows what it costs, waits until that is agreed to, and is paid once', async () => {
  net = await startTestnet({
    nodes: 1,
    node: (ledger) => ({ fees: { prices, allowanceBytes: 0, postage: POSTAGE, ledger, windowMs: 5_000 } }),
  })
  const alice = await net.person('Alice', { funded: true })
  const bob = await net.person('Bob')
  const asks = alice.next('contact', ({ contact }) => contact.postage !== undefined)
  const added = await alice.call('contacts.add', { address: bob.address })
  expect(added).toMatchObject({ state: 'requested', requestState: 'sending' })
  expect(added.postage).toBeUndefined()
  const { contact } = await asks
  const nodeId = net.nodes.nodes[0]?.nodeId ?? ''
  expect(contact.postage).toMatchObject({ nanos: POSTAGE, nodeId, missing: POSTAGE, agreed: 0n })
  expect(net.nodes.addresses[0]?.startsWith(contact.postage?.endpoint ?? '-')).toBe(true)
  expect((await alice.call('network.usage', {})).nodes[0]).toMatchObject({ postage: POSTAGE })
  expect(await paid(alice)).toBe(0n)

  // Nothing goes by itself once there is money: the user has to agree, and to enough.
  await alice.call('network.openCredit', { nodeId, nanos: POSTAGE })
  expect(await contactOf(alice, bob.address)).toMatchObject({ postage: { missing: 0n, agreed: 0n } })
  await alice.call('contacts.add', { address: bob.address, postage: POSTAGE - 1n })
  await new Promise((resolve) => setTimeout(resolve, 500))
  expect(await paid(alice)).toBe(0n)
  expect(bob.events.filter(({ name }) => name === 'contact')).toEqual([])

  // What it costs is still known after a restart.
  await alice.stop()
  await alice.restart()
  expect(await contactOf(alice, bob.address)).toMatchObject({ postage: { nanos: POSTAGE, missing: 0n } })
  const incoming = bob.next('contact', (seen) => seen.contact.state === 'incoming')
  await alice.call('contacts.add', { address: bob.address, postage: POSTAGE })
  expect((await incoming).contact.address).toBe(alice.address)
  expect(await paid(alice)).toBe(POSTAGE)
  await expect.poll(async () => (await contactOf(alice, bob.address))?.postage).toBeUndefined()

  // An answer to it is between contacts, and free.
  const accepted = alice.next('contact', (seen) => seen.contact.state === 'accepted')
  await bob.call('contacts.accept', { address: alice.address })
  await accepted
  expect([await paid(alice), await paid(bob)]).toEqual([POSTAGE, 0n])
}, 60_000)
