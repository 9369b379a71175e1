/**
 * The embedded local ledger: an IOTA-compatible node and faucet in one process, with tokens of no value.
 * Coins and their commands are executed; Move calls and shared objects answer "not supported by this devnet".
 *
 *   const devnet = createDevnet({ dataDir, port: 0, listen: '127.0.0.1', clock: systemClock, log })
 *   const { rpc, faucet, chain } = await devnet.start()
 *   await devnet.stop()
 */
export { createDevnet } from './create-devnet.ts'
export type { Devnet, DevnetAddress, DevnetOptions } from './types.ts'
