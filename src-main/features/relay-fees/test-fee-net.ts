import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemRandom } from '../../base/index.ts'
import type { LedgerGate } from '../../ledger/index.ts'
import { newPerson, type RunningLedger, startLedger } from '../../ledger/testing/index.ts'
import { type FeeOptions, type IceOptions, type S2Node } from '../../overlay/index.ts'
import { createTestNode, waitFor } from '../../testing/testnet-nodes.ts'
import { type PayerOptions, startPayer, type TestPayer } from './test-payer.ts'

export const DAY = 24 * 3_600_000
/** 1 NANO for a byte, and nothing for storing: sums can be read. */
export const PRICES = { relayedMb: 1_000_000n, storedMbDay: 0n, forwardedTransaction: 0n }
/** 100 NANOS for a byte: what is promised brings more than the ledger's fees. */
export const HIGH = { ...PRICES, relayedMb: 100_000_000n }
export const ALLOWANCE = 2_000
export const DEPOSIT = 10_000_000n
export const WINDOW_MS = 5_000

/** A local ledger, one node with prices, and payers at it. */
export class FeeNet {
  readonly local: RunningLedger
  readonly chain: string
  readonly #payers: TestPayer[] = []
  folder = ''
  #node: S2Node | undefined

  private constructor(local: RunningLedger, chain: string) {
    this.local = local
    this.chain = chain
  }

  static async start(): Promise<FeeNet> {
    const local = await startLedger()
    return new FeeNet(local, await local.ledger.chain())
  }

  get node(): S2Node {
    if (!this.#node) throw new Error('no node')
    return this.#node
  }

  /** A new node; with a port the same one again. */
  async begin(change: Partial<FeeOptions> = {}, port?: number, gate?: LedgerGate, ice?: IceOptions): Promise<void> {
    if (port === undefined) this.folder = mkdtempSync(join(tmpdir(), 'parley-fees-'))
    const { ledger } = this.local
    this.#node = createTestNode({
      listen: { host: '127.0.0.1', port: port ?? 0 },
      dataDir: this.folder,
      ledger,
      ...(gate && { gate }),
      ...(ice && { ice }),
      fees: { prices: PRICES, allowanceBytes: ALLOWANCE, ledger, windowMs: WINDOW_MS, ...change },
    })
    await this.#node.start()
  }

  get port(): number {
    return portOf(this.node.endpoint)
  }

  async payer(change: Partial<PayerOptions> = {}, seed = systemRandom.bytes(32)): Promise<TestPayer> {
    await this.local.ledger.faucet(newPerson(seed).address)
    const nodes = () => [this.node.endpoint]
    const payer = await startPayer({ ledger: this.local.ledger, chain: this.chain, nodes, ...change }, seed)
    this.#payers.push(payer)
    await this.linked(payer)
    return payer
  }

  async linked(payer: TestPayer): Promise<void> {
    await waitFor(() => payer.fees.of(this.node.nodeId).told !== undefined, 10_000)
  }

  /** Somebody who has room for the mail of these. */
  async recipient(...contacts: TestPayer[]): Promise<TestPayer> {
    const bob = await this.payer({ contacts: contacts.map(({ to }) => to.address) })
    await waitFor(() => bob.overlay.links().some(({ state }) => state === 'connected'))
    await bob.overlay.contactsTold()
    return bob
  }

  async pair(): Promise<{ alice: TestPayer; bob: TestPayer }> {
    const alice = await this.payer()
    return { alice, bob: await this.recipient(alice) }
  }

  /** Ends node and payers; the ledger stays for the next. */
  async end(): Promise<void> {
    for (const payer of this.#payers.splice(0)) await payer.end()
    await this.#node?.stop()
    this.#node = undefined
    rmSync(this.folder, { recursive: true, force: true })
  }
}

export const portOf = (endpoint: string): number => Number(new URL(endpoint.split('#')[0] ?? '').port)

export const send = (from: TestPayer, to: TestPayer, bytes: Uint8Array) =>
  from.overlay.send(to.to, bytes, 'message', DAY)

/** What the node tells once no voucher is on its way to it: a device promises what it uses beside its sends. */
export async function toldAtRest(payer: TestPayer): ReturnType<typeof toldNow> {
  for (;;) {
    const told = await toldNow(payer)
    const credit = payer.store.relayFees.credits().find(({ state }) => state === 'open')
    if ((credit?.paid ?? 0n) === (told.voucher?.paid ?? 0n)) return told
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

export async function toldNow(payer: TestPayer) {
  const [linkedNode] = payer.overlay.nodes()
  if (!linkedNode) throw new Error('not linked')
  return linkedNode.request('getFees', {}, 'fees')
}
