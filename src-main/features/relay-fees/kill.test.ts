import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { systemRandom, toHex } from '../../base/index.ts'
import { newPerson } from '../../ledger/testing/index.ts'
import { FeeBook } from '../../overlay/fees/book.ts'
import { BOOK_FILE } from '../../overlay/fees/service.ts'
import { VoucherDesk } from '../../overlay/fees/vouchers.ts'
import { Process } from '../../testing/processes.ts'
import { testIdentity, waitFor } from '../../testing/testnet-nodes.ts'
import { FeeNet, portOf, send, toldAtRest } from './test-fee-net.ts'
import { startPayer, type TestPayer } from './test-payer.ts'
import type { PayerOrder } from './test-payer-process.ts'
import { Vouchers } from './vouchers.ts'

const PAYER = fileURLToPath(new URL('test-payer-process.ts', import.meta.url))
const PROGRAM = `import { runPayer } from ${JSON.stringify(PAYER)}; await runPayer(JSON.parse(process.argv[1]))`
const BYTES = 60_000
const DEPOSIT = 40_000_000n
const CREDIT = 1_000_000n
const KILLS = 4

let net: FeeNet
let folder: string
const children: ChildProcess[] = []
beforeAll(async () => void (net = await FeeNet.start()))
afterAll(() => net.local.stop())
afterEach(async () => {
  vi.restoreAllMocks()
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await net.end()
  rmSync(folder, { recursive: true, force: true })
})

it('a device that is killed around signing never signs two vouchers for one sum, and pays once for what it sent', async () => {
  await net.begin({ allowanceBytes: 0 })
  folder = mkdtempSync(join(tmpdir(), 'parley-killed-payer-'))
  const seed = systemRandom.bytes(32)
  const deviceSeed = systemRandom.bytes(32)
  const person = newPerson(seed)
  await net.local.ledger.faucet(person.address)
  const bob = await net.payer({ contacts: [person.address] })
  await bob.overlay.contactsTold()
  const order: PayerOrder = {
    rpc: net.local.rpc,
    node: net.node.endpoint,
    nodeId: net.node.nodeId,
    seed: toHex(seed),
    folder,
    databaseKey: toHex(systemRandom.bytes(32)),
    deviceSeed: toHex(deviceSeed),
    deposit: `${DEPOSIT}`,
    to: bob.to,
    from: 0,
    until: 10_000,
    bytes: BYTES,
    sentAt: Date.now(),
  }
  const sizes = new Map<number, number>()
  let onVoucher = () => {}
  const signed = new Map<bigint, Set<string>>()
  const sums: bigint[] = []

  const take = VoucherDesk.prototype.take
  vi.spyOn(VoucherDesk.prototype, 'take').mockImplementation(function (this: VoucherDesk, payer, voucher) {
    const same = signed.get(voucher.paid) ?? new Set()
    signed.set(voucher.paid, same.add(`${voucher.deposited} ${toHex(voucher.signature)}`))
    sums.push(voucher.paid)
    onVoucher()
    return take.call(this, payer, voucher)
  })
  for (let kill = 0; kill <= KILLS; kill++) {
    const isLast = kill === KILLS
    const from = Math.max(0, ...sizes.keys())
    const { child, ended } = run({ ...order, from, ...(isLast && { until: from + 20 }) }, sizes)
    // Every other one as its voucher arrives, the others at some moment of the work around it.
    if (!isLast && kill % 2 === 0) onVoucher = () => void child.kill('SIGKILL')
    else if (!isLast) onVoucher = () => void setTimeout(() => child.kill('SIGKILL'), Math.random() * 40)
    expect(await ended).toBe(isLast ? 0 : null)
    onVoucher = () => {}
  }
  const used = [...sizes.values()].reduce((sum, size) => sum + BigInt(size), 0n)
  const device = testIdentity(seed, deviceSeed).certificate.deviceId
  const { charged, paid } = accountOf(net.folder, person.address, device)
  expect(charged).toBe(used)
  expect([...signed.values()].every((each) => each.size === 1)).toBe(true)
  expect(sums.every((sum, index) => sum >= (sums[index - 1] ?? 0n))).toBe(true)
  expect(paid).toBe(sums.at(-1))
  expect(paid <= used + BigInt(BYTES) + 1_000n).toBe(true)
  expect(used - paid <= CREDIT).toBe(true)
}, 90_000)

it('a node that is killed around vouchers forgets nothing that it answered, and loses at most one step', async () => {
  folder = mkdtempSync(join(tmpdir(), 'parley-killed-node-'))
  const prices = ['--price-relay', '1000000', '--free-mb', '0']
  const args = ['--ledger', net.local.rpc, '--data', folder, '--listen', '127.0.0.1:0', ...prices]
  const node = await new Process('s2', args).start()
  const { endpoint = '', nodeId = '' } = node.ready
  const again = node.argsAt(`${portOf(endpoint)}`)
  const payers: TestPayer[] = []
  try {
    const payer = async (contacts: string[]) => {
      const seed = systemRandom.bytes(32)
      await net.local.ledger.faucet(newPerson(seed).address)
      const made = await startPayer(
        { ledger: net.local.ledger, chain: net.chain, nodes: () => [endpoint], contacts },
        seed,
      )
      payers.push(made)
      await waitFor(() => made.fees.of(nodeId).told !== undefined, 10_000)
      return made
    }
    const alice = await payer([])
    const bob = await payer([alice.to.address])
    await bob.overlay.contactsTold()
    await alice.deposit(nodeId, DEPOSIT)
    let due = false
    let killing: Promise<void> | undefined

    const show = Vouchers.prototype.show
    vi.spyOn(Vouchers.prototype, 'show').mockImplementation(function (this: Vouchers, ...shown) {
      if (due) {
        due = false
        const wait = Math.random() * 15
        killing = new Promise<void>((resolve) => setTimeout(resolve, wait)).then(() => node.kill())
      }
      return show.call(this, ...shown)
    })
    let answered = 0n
    for (let kill = 0; kill < KILLS; kill++) {
      due = true
      while (!killing) {
        const envelope = alice.envelope(BYTES)
        const result = await send(alice, bob, envelope).catch(() => 'failed')
        if (result === 'delivered' || result === 'queued') answered += BigInt(envelope.length)
      }
      await killing
      killing = undefined
      await node.start(again)
      for (const { overlay } of payers) overlay.checkLinks()
      await waitFor(() => alice.overlay.nodes().length > 0 && bob.overlay.nodes().length > 0, 15_000)
      await waitFor(() => bob.overlay.links().some(({ state }) => state === 'connected'))
    }
    await send(alice, bob, alice.envelope(BYTES)).catch(() => {})
    const told = await toldAtRest(alice)
    const paid = told.voucher?.paid ?? 0n
    const { credit } = alice.fees.of(nodeId)
    expect(told.charged >= answered).toBe(true)
    // What was counted and not answered is one envelope for each kill at most: they went one after the other.
    expect(told.charged <= answered + BigInt(KILLS + 1) * BigInt(BYTES + 1_000)).toBe(true)
    expect(paid).toBe(credit?.paid)
    expect(told.charged - paid <= CREDIT).toBe(true)
    expect(paid <= told.charged + BigInt(BYTES) + 1_000n).toBe(true)
  } finally {
    for (const payer of payers) await payer.end()
    await node.stop()
  }
}, 90_000)

function run(order: PayerOrder, sizes: Map<number, number>): { child: ChildProcess; ended: Promise<number | null> } {
  const args = ['--input-type=module', '-e', PROGRAM, JSON.stringify(order)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  createInterface(child.stdout).on('line', (line) => {
    const [number, size] = line.split(' ').map(Number)
    if (number !== undefined && size !== undefined) sizes.set(number, size)
  })
  return { child, ended: new Promise((resolve) => child.once('close', resolve)) }
}

/** In NANOS, from the node's book on disk. */
function accountOf(dataDir: string, address: string, device: string): { charged: bigint; paid: bigint } {
  const book = new FeeBook(join(dataDir, BOOK_FILE), 1)
  const { relayedBytes, paid } = book.use(address, device)
  book.close()
  // The price is 1 NANO for a byte.
  return { charged: relayedBytes, paid }
}
