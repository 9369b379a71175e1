/**
 * The `Ledger` of the IOTA networks and of the embedded local ledger, over JSON-RPC. Requests are bounded in time and
 * size, answers pass schemas, coins are chosen here: never by the SDK, which would take them all as gas.
 *
 *   const ledger = createIotaLedger({ url, clock: systemClock, log })
 *   const transfer = await ledger.prepareTransfer({ from, to, nanos })
 *   const outcome = await ledger.submit(transfer.bytes, signature, publicKey)
 */
import type { PublishingLedger } from '../port.ts'
import { IotaLedger, type IotaLedgerOptions } from './iota-ledger.ts'

export type { IotaLedgerOptions }
export type { LedgerQuestion, LedgerTransport } from './rpc-client.ts'

/** Connects on first use. Throws `invalid_params` for a URL that is none. */
export function createIotaLedger(options: IotaLedgerOptions): PublishingLedger {
  return new IotaLedger(options)
}
