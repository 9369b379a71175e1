/**
 * The ledger: balances, transfers and history behind one interface; the IOTA networks; a local ledger of one's own.
 *
 *   const devnet = createDevnet({ port: 0, listen: '127.0.0.1', clock: systemClock, log })
 *   const { rpc } = await devnet.start()
 *   const ledger = createIotaLedger({ url: rpc, clock: systemClock, log })
 *   await ledger.faucet(address)
 */
export {
  createDevnet,
  type Devnet,
  type DevnetAddress,
  type DevnetOptions,
  type VerifiedLedger,
  verifyDevnet,
} from './devnet/index.ts'
export { createIotaLedger, type IotaLedgerOptions, type LedgerQuestion, type LedgerTransport } from './iota/index.ts'
export { isMadeBy } from './iota/object-id.ts'
export type * from './channels.ts'
export { eventsBack, type EventsBackQuery, type NamedRecords } from './events-back.ts'
export { EXECUTE_METHOD, type LedgerGate } from './gate.ts'
export { createLedgerGate } from './iota/gate.ts'
export { packageOn } from './packages.ts'
export type * from './port.ts'
export * from './registry.ts'
