import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { systemRandom } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { newPerson, type RunningLedger, startLedger } from '../../ledger/testing/index.ts'
import { homeNodes, type LinkedNode, postageAsked } from '../../overlay/index.ts'
import { startNodes, type TestNodes, waitFor } from '../../testing/testnet-nodes.ts'
import { DAY, WINDOW_MS } from './test-fee-net.ts'
import { envelopeOf, type PayerOptions, startPayer, type TestPayer } from './test-payer.ts'

const POSTAGE = 500n
const FREE = { relayedMb: 0n, storedMbDay: 0n, forwardedTransaction: 0n }

let local: RunningLedger
let chain: string
let nodes: TestNodes
let folder: string
const payers: TestPayer[] = []
beforeAll(async () => {
  local = await startLedger()
  chain = await local.ledger.chain()
})
afterAll(() => local.stop())
afterEach(async () => {
  for (const payer of payers.splice(0)) await payer.end()
  await nodes.stop()
  rmSync(folder, { recursive: true })
})

/** Nodes with what each asks of strangers. */
async function begin(postages: readonly bigint[], prices = FREE): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), 'parley-postage-'))
  const { ledger } = local
  const fees = { prices, allowanceBytes: 100_000, ledger, windowMs: WINDOW_MS }
  nodes = await startNodes(postages.length, {
    ledger,
    dataDir: (index) => join(folder, `${index}`),
    more: (index) => ({ fees: { ...fees, postage: postages[index] ?? 0n } }),
  })
}

async function payer(seed = systemRandom.bytes(32), change: Partial<PayerOptions> = {}): Promise<TestPayer> {
  await local.ledger.faucet(newPerson(seed).address)
  const addresses = () => nodes.addresses.slice(0, 1)
  const started = await startPayer({ ledger: local.ledger, chain, nodes: addresses, ...change }, seed)
  payers.push(started)
  await waitFor(() => started.overlay.links().some(({ state }) => state === 'connected'), 10_000)
  await started.overlay.contactsTold()
  return started
}

const ask = (from: TestPayer, to: TestPayer, bytes: Uint8Array) => from.overlay.send(to.to, bytes, 'request', DAY)
const keysOf = async (address: string) =>
  homeNodes(
    nodes.nodes.map(({ nodeId }) => ({ nodeKey: nodeId })),
    address,
    (await local.ledger.epoch()).salt,
  ).map(({ nodeKey }) => nodeKey)
const chargedAt = async (from: TestPayer, node: string) => {
  const linked = from.overlay.nodes().find(({ nodeKey }) => nodeKey === node)
  return linked && (await linked.request('getFees', {}, 'fees')).posted
}

/** People whose home nodes are others. */
async function apart(): Promise<Uint8Array<ArrayBuffer>[]> {
  const seed = systemRandom.bytes(32)
  const own = await keysOf(newPerson(seed).address)
  for (;;) {
    const other = systemRandom.bytes(32)
    const homes = await keysOf(newPerson(other).address)
    if (!homes.some((key) => own.includes(key))) return [seed, other]
  }
}

test('a stranger far away is told the cost before anything is paid, pays as agreed, and is heard exactly once', async () => {
  await begin([POSTAGE, POSTAGE, POSTAGE, POSTAGE, POSTAGE, POSTAGE])
  const [first, second] = await apart()
  const alice = await payer(first)
  const bob = await payer(second, { contacts: ['0x' + '1'.repeat(64)] })
  const homes = await keysOf(bob.to.address)
  await waitFor(() => bob.overlay.nodes().filter(({ home }) => home).length === 3, 10_000)
  await bob.overlay.contactsTold()
  const before = alice.overlay.nodes().map(({ nodeKey }) => nodeKey)
  const request = alice.envelope(300)
  const refused = await ask(alice, bob, request).catch((error: unknown) => error)
  expect(postageAsked(refused)).toBe(POSTAGE)
  const asks = alice.fees.postage.book.asks(bob.to.address)
  expect(asks).toMatchObject({ nanos: POSTAGE })
  expect(homes).toContain(asks?.node)
  expect(before).not.toContain(asks?.node)
  expect(bob.received).toEqual([])
  expect(alice.fees.paid()).toBe(0n)
  // They stay linked while the user decides, and are not asked again for nothing.
  const linked = alice.overlay.nodes().length
  const sentThere = () =>
    alice.overlay.traffic().nodes.map(({ nodeKey, traffic }) => (homes.includes(nodeKey ?? '') ? traffic.sent : 0))
  const sent = sentThere()
  expect(sent.filter((bytes) => bytes > 0)).toHaveLength(3)
  const again = await ask(alice, bob, request).catch((error: unknown) => error)
  expect((again as ParleyError).retryAfter).toBeGreaterThan(500_000)
  expect(alice.overlay.nodes()).toHaveLength(linked)
  // The request itself, to one of them: it is linked now, and so the nearest.
  expect(sentThere().filter((bytes, index) => bytes !== sent[index])).toHaveLength(1)

  // Money alone is not enough: the user has to agree to this cost.
  const node = asks?.node ?? ''
  expect(alice.fees.postage.missing(bob.to.address)).toBe(POSTAGE)
  await alice.deposit(node, 2_000n)
  expect(alice.fees.postage.missing(bob.to.address)).toBe(0n)
  await expect(ask(alice, bob, request)).rejects.toMatchObject({ reason: 'postage:500' })
  alice.fees.postage.book.agree(bob.to.address, POSTAGE - 1n)
  await expect(ask(alice, bob, request)).rejects.toMatchObject({ reason: 'postage:500' })
  expect(alice.fees.paid()).toBe(0n)

  alice.fees.postage.book.agree(bob.to.address, POSTAGE)
  expect(await ask(alice, bob, request)).toBe('delivered')
  expect(bob.received).toHaveLength(1)
  expect(await chargedAt(alice, node)).toBe(POSTAGE)

  // Once for this request: a repeat is free, whichever way it comes, and another request is agreed to anew.
  expect(await ask(alice, bob, request)).toBe('delivered')
  expect(bob.received).toHaveLength(1)
  expect(await chargedAt(alice, node)).toBe(POSTAGE)
  await expect(ask(alice, bob, alice.envelope(300))).rejects.toMatchObject({ reason: 'postage:500' })
  expect(alice.fees.paid()).toBe(POSTAGE)
}, 60_000)

test('what was paid for is free again after a restart of the node and of the device, and arrives once', async () => {
  await begin([POSTAGE])
  const alice = await payer()
  const bob = await payer(undefined, { contacts: ['0x' + '1'.repeat(64)] })
  await bob.stop()
  const node = nodes.nodes[0]?.nodeId ?? ''
  const request = alice.envelope(300)
  await expect(ask(alice, bob, request)).rejects.toMatchObject({ reason: 'postage:500' })
  await alice.deposit(node, POSTAGE)
  alice.fees.postage.book.agree(bob.to.address, POSTAGE)
  expect(await ask(alice, bob, request)).toBe('queued')
  await nodes.kill(0)
  await nodes.revive(0)
  await alice.stop()
  await alice.restart()
  expect(await ask(alice, bob, request)).toBe('queued')
  expect(alice.fees.paid()).toBe(POSTAGE)
  expect(await chargedAt(alice, node)).toBe(POSTAGE)
  await bob.restart()
  await waitFor(() => bob.received.length > 0, 10_000)
  expect(bob.received).toHaveLength(1)
}, 60_000)

test('requests to two devices at once are both taken for one postage, and a passing failure keeps neither back', async () => {
  await begin([POSTAGE])
  const alice = await payer()
  const seed = systemRandom.bytes(32)
  const phone = await payer(seed, { contacts: ['0x' + '1'.repeat(64)] })
  const laptop = await payer(seed, { contacts: ['0x' + '1'.repeat(64)] })
  const node = nodes.nodes[0]?.nodeId ?? ''
  const requests = [phone, laptop].map((to) => ({ to, bytes: alice.envelope(300) }))
  const askAll = () => Promise.allSettled(requests.map(({ to, bytes }) => ask(alice, to, bytes)))
  for (const { status } of await askAll()) expect(status).toBe('rejected')
  await alice.deposit(node, 10n * POSTAGE)
  alice.fees.postage.book.agree(phone.to.address, POSTAGE)
  vi.spyOn(alice.fees, 'cheapest').mockResolvedValueOnce([]).mockResolvedValueOnce([])
  for (const each of await askAll())
    expect((each as PromiseRejectedResult).reason).toMatchObject({ code: 'payment_required', retryAfter: undefined })
  expect(await askAll()).toMatchObject([{ value: 'delivered' }, { value: 'delivered' }])
  expect(await chargedAt(alice, node)).toBe(POSTAGE)
  expect(alice.fees.paid()).toBe(POSTAGE)
}, 60_000)

test('a contact needs none, and the home node that asks for least decides', async () => {
  await begin([POSTAGE, 0n, POSTAGE])
  const carol = await payer()
  const bob = await payer(undefined, { contacts: [carol.to.address] })
  await waitFor(() => bob.overlay.nodes().length === 3, 10_000)
  await bob.overlay.contactsTold()
  expect(await ask(carol, bob, carol.envelope(300))).toBe('delivered')
  const alice = await payer()
  await waitFor(() => alice.overlay.nodes().length === 3, 10_000)
  expect(await ask(alice, bob, alice.envelope(300))).toBe('delivered')
  expect(bob.received).toHaveLength(2)
  expect([alice, carol].map(({ fees }) => fees.paid())).toEqual([0n, 0n])
  expect(alice.fees.postage.book.asks(bob.to.address)).toBeUndefined()
}, 60_000)

test('both count postage apart from use, and agree on both to the NANO', async () => {
  await begin([POSTAGE], { relayedMb: 1_000_000n, storedMbDay: 0n, forwardedTransaction: 0n })
  const alice = await payer()
  const bob = await payer(undefined, { contacts: ['0x' + '1'.repeat(64)] })
  const carol = await payer(undefined, { contacts: [alice.to.address] })
  const node = nodes.nodes[0]?.nodeId ?? ''
  await alice.deposit(node, 10_000_000n)
  for (let index = 0; index < 8; index++) await alice.overlay.send(carol.to, alice.envelope(60_000), 'message', DAY)
  await ask(alice, bob, alice.envelope(300)).catch(() => {})
  alice.fees.postage.book.agree(bob.to.address, POSTAGE)
  expect(await ask(alice, bob, alice.envelope(300))).toBe('delivered')
  for (let index = 0; index < 12; index++) await alice.overlay.send(carol.to, alice.envelope(60_000), 'message', DAY)
  // The last voucher may still be on its way: it is paid here and not yet counted there.
  const apart = async () => {
    const told = await alice.overlay.nodes()[0]?.request('getFees', {}, 'fees')
    if (!told) throw new Error('not linked')
    const { promised, relayedBytes } = alice.store.relayFees.use(node) ?? {}
    const paid = alice.fees.of(node).credit?.paid ?? 0n
    const unpaid = told.charged + POSTAGE - paid - (told.unpaid - told.ahead)
    return {
      unpaid,
      promised: paid - POSTAGE - (promised ?? 0n),
      relayed: told.relayedBytes - (relayedBytes ?? 0n),
      posted: told.posted,
    }
  }
  await expect.poll(apart).toEqual({ unpaid: 0n, promised: 0n, relayed: 0n, posted: POSTAGE })
}, 60_000)

test('a node that takes the money and nothing else gets no more than was agreed to', async () => {
  await begin([POSTAGE])
  const alice = await payer()
  const bob = await payer(undefined, { contacts: ['0x' + '1'.repeat(64)] })
  const [honest] = alice.overlay.nodes()
  if (!honest) throw new Error('not linked')
  await alice.deposit(honest.nodeKey, 100n * POSTAGE)
  alice.fees.postage.book.agree(bob.to.address, POSTAGE)
  const node: LinkedNode = {
    ...honest,
    request: async (name, body, answer) =>
      ({ ...(await honest.request(name, body, answer)), ahead: 0n, posted: 0n, unpaid: 0n }) as never,
  }
  const send = { to: bob.to, envelope: alice.envelope(300), ttl: DAY, mayPay: true }
  const refuse = () => Promise.reject(new ParleyError('payment_required', 'More.', { reason: `postage:${POSTAGE}` }))
  for (let index = 0; index < 5; index++)
    await expect(alice.fees.send(node, send, refuse)).rejects.toMatchObject({ code: 'payment_required' })
  expect(alice.fees.paid()).toBe(POSTAGE)
  // What another node asks is not paid to this one.
  alice.fees.postage.book.agree(bob.to.address, 2n * POSTAGE)
  const passedOn = () =>
    Promise.reject(new ParleyError('payment_required', 'There.', { reason: `postage:${POSTAGE}:elsewhere` }))
  await expect(alice.fees.send(node, send, passedOn)).rejects.toMatchObject({ code: 'payment_required' })
  expect(alice.fees.paid()).toBe(POSTAGE)
  await expect(alice.fees.send(node, { ...send, mayPay: false }, refuse)).rejects.toMatchObject({
    reason: 'postage:500',
  })
}, 60_000)

test('pays for the bytes that were sent: other bytes under the same id are another request', async () => {
  await begin([POSTAGE])
  const alice = await payer()
  const bob = await payer(systemRandom.bytes(32), { contacts: ['0x' + '1'.repeat(64)] })
  const [node] = alice.overlay.nodes()
  const { nodeKey = '' } = node ?? {}
  await alice.deposit(nodeKey, 10_000n)
  alice.fees.postage.book.agree(bob.to.address, POSTAGE)
  await bob.stop()
  await waitFor(() => nodes.nodes[0]?.status().links.devices === 1)
  const id = systemRandom.bytes(16)
  const request = envelopeOf(alice.identity, 300, id, 1)
  for (const _ of [1, 2]) expect(await ask(alice, bob, request)).toBe('queued')
  const other = await ask(alice, bob, envelopeOf(alice.identity, 300, id, 2)).catch((error: unknown) => error)
  expect(postageAsked(other)).toBe(POSTAGE)
  expect(nodes.nodes[0]?.status().mail.envelopes).toBe(1)
  expect(await chargedAt(alice, nodeKey)).toBe(POSTAGE)
  await bob.restart()
})
