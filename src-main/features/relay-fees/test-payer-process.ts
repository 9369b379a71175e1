import { fromHex, silentLog, systemClock } from '../../base/index.ts'
import { createIotaLedger } from '../../ledger/index.ts'
import { waitFor } from '../../testing/testnet-nodes.ts'
import { envelopeOf, startPayer } from './test-payer.ts'

/** What a payer in a process of its own is told, as JSON in its first argument. Keys are hex. */
export interface PayerOrder {
  rpc: string
  node: string
  nodeId: string
  seed: string
  folder: string
  databaseKey: string
  deviceSeed: string
  deposit: string
  to: { address: string; device: string }
  /** Numbers of the envelopes, and when they were written. */
  from: number
  until: number
  bytes: number
  sentAt: number
}

/** Sends numbered envelopes, each until it is accepted, and prints its number then. */
export async function runPayer(order: PayerOrder): Promise<void> {
  const ledger = createIotaLedger({ url: order.rpc, clock: systemClock, log: silentLog })
  const chain = await ledger.chain()
  const home = {
    folder: order.folder,
    databaseKey: fromHex(order.databaseKey),
    deviceSeed: fromHex(order.deviceSeed),
  }
  const payer = await startPayer({ ledger, chain, nodes: () => [order.node], home }, fromHex(order.seed))
  await waitFor(() => payer.fees.of(order.nodeId).told !== undefined, 15_000)
  if (!payer.fees.of(order.nodeId).credit) await payer.deposit(order.nodeId, BigInt(order.deposit))
  for (let number = order.from; number < order.until; number++) {
    const id = new Uint8Array(16).fill(number % 256)
    id[1] = number >> 8
    const envelope = envelopeOf(payer.identity, order.bytes, id, order.sentAt)
    while (!(await accepted(() => payer.overlay.send(order.to, envelope, 'message', 3_600_000))))
      await new Promise((resolve) => setTimeout(resolve, 20))
    console.log(`${number} ${envelope.length}`)
  }
  await payer.end()
  ledger.close()
  console.log('done')
}

async function accepted(send: () => Promise<string>): Promise<boolean> {
  return send().then(
    (result) => result !== 'dropped',
    () => false,
  )
}
