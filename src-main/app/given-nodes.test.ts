import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Person, startTestnet, type Testnet } from '../testing/testnet.ts'

let net: Testnet
beforeEach(async () => void (net = await startTestnet({ nodes: 2, registered: true })))
afterEach(() => net.stop())

const linked = async (person: Person) => {
  const { links } = await person.call('network.status', {})
  return links.filter(({ state }) => state === 'connected').map(({ endpoint }) => endpoint)
}
const endpointOf = (address: string) => address.replace(/#.*/, '')

it('a node that is added in the running program is used at once and after a restart, and one that is removed is not', async () => {
  const other = await startTestnet({ nodes: 1 })
  try {
    const [own = ''] = other.nodes.addresses
    const [start = ''] = net.nodes.addresses
    const alice = await other.person('Alice', { nodes: [] })
    expect(await alice.call('network.givenNodes', {})).toEqual({ nodes: [] })
    const add = (address: string) => alice.call('network.addNode', { address })
    // Its ledger is known before its nodes are.
    await expect
      .poll(() => add(start).catch((error: unknown) => error), { timeout: 10_000 })
      .toMatchObject({ code: 'conflict', reason: 'node_other_ledger' })
    for (const text of ['relay.example', endpointOf(own), `https${own.slice(3)}`, `${own}00`])
      await expect(add(text)).rejects.toMatchObject({ code: 'invalid_params', reason: 'node_address' })
    const print = own.replace(/.*#/, '')
    const [silent, foreign] = [`wss://127.0.0.1:1#${print}`, `${endpointOf(own)}#${'ab'.repeat(32)}`]
    await expect(add(silent)).rejects.toMatchObject({ code: 'offline', reason: 'node_away' })
    await expect(add(foreign)).rejects.toMatchObject({ code: 'bad_signature', reason: 'node_certificate' })
    expect(await linked(alice)).toEqual([])

    const nodes = [{ address: own, atStart: false }]
    expect(await add(` ${own} `)).toEqual({ nodes })
    await expect.poll(() => linked(alice), { timeout: 10_000 }).toEqual([endpointOf(own)])
    const usage = await alice.call('network.usage', {})
    expect(usage.nodes).toMatchObject([{ endpoint: endpointOf(own), source: 'given', home: true }])
    await expect(add(own)).rejects.toMatchObject({ code: 'conflict', reason: 'node_known' })

    await alice.stop()
    await alice.restart()
    expect(await alice.call('network.givenNodes', {})).toEqual({ nodes })
    await expect.poll(() => linked(alice), { timeout: 10_000 }).toEqual([endpointOf(own)])
    expect(await alice.call('network.removeNode', { address: own })).toEqual({ nodes: [] })
    expect(await linked(alice)).toEqual([])
    await expect(alice.call('network.removeNode', { address: own })).rejects.toMatchObject({ code: 'not_found' })
  } finally {
    await other.stop()
  }
}, 60_000)

it('what lies with a node stays in sight when it is removed, and is ended without it', async () => {
  const prices = { relayedMb: 1_000n, storedMbDay: 0n, forwardedTransaction: 0n }
  const paid = await startTestnet({
    nodes: 1,
    node: (ledger) => ({ fees: { prices, allowanceBytes: 0, ledger, windowMs: 5_000 } }),
  })
  try {
    const [address = ''] = paid.nodes.addresses
    const nodeId = paid.nodes.nodes[0]?.nodeId ?? ''
    const alice = await paid.person('Alice', { nodes: [], funded: true })
    await alice.call('network.addNode', { address })
    const deposit = { nodeId, nanos: 5_000_000n, prices }
    const open = () => alice.call('network.openCredit', deposit).catch((error: unknown) => error)
    await expect.poll(open, { timeout: 10_000 }).toMatchObject({ channelId: expect.any(String) as string })
    await alice.call('network.removeNode', { address })
    const nodes = async () => (await alice.call('network.usage', {})).nodes
    const credit = { state: 'open', deposited: 5_000_000n, paid: 0n }
    expect(await nodes()).toMatchObject([{ endpoint: nodeId, nodeId, source: 'gone', credit }])
    const cost = await alice.call('network.closeCost', { nodeId })
    expect(cost).toMatchObject({ returned: 5_000_000n, kept: 0n, atOnce: false })
    const mostFee = cost.fee.burned + cost.fee.relay
    expect((await alice.call('network.closeCredit', { nodeId, mostFee })).at).toBeGreaterThan(Date.now())
    await expect.poll(nodes, { timeout: 20_000 }).toEqual([])
  } finally {
    await paid.stop()
  }
}, 60_000)

it('a node of the start is named as that and not removed; one that the ledger names stays when it is not given any more', async () => {
  const [one = '', two = ''] = net.nodes.addresses
  const alice = await net.person('Alice', { nodes: [one] })
  await expect.poll(() => linked(alice).then((all) => all.length), { timeout: 20_000 }).toBe(2)
  const { nodes } = await alice.call('network.addNode', { address: two })
  expect(nodes).toEqual([
    { address: one, atStart: true },
    { address: two, atStart: false },
  ])
  const removed = alice.call('network.removeNode', { address: one })
  await expect(removed).rejects.toMatchObject({ code: 'conflict', reason: 'node_at_start' })
  await alice.call('network.removeNode', { address: two })
  expect((await linked(alice)).sort()).toEqual([one, two].map(endpointOf).sort())
}, 60_000)
