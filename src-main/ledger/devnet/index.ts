/**
 * The embedded local ledger: an IOTA-compatible node and faucet in one process, with tokens of no value.
 * It executes commands and Move packages, keeps its chain in SQLite, and can do all of it again to check it.
 *
 *   const devnet = createDevnet({ dataDir, port: 0, listen: '127.0.0.1', clock: systemClock, log })
 *   const { rpc, faucet, chain } = await devnet.start()
 *   await devnet.stop()
 */
export { createDevnet, verifyDevnet } from './create-devnet.ts'
export type { Devnet, DevnetAddress, DevnetOptions, VerifiedLedger } from './types.ts'
