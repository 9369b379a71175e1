/**
 * The local ledger as a process of its own (`parley devnet`).
 *
 *   await runDevnet({ port: 0, listen: '127.0.0.1' }, { print: console.log, signal })
 */
export { type DevnetArgs, type DevnetIo, runDevnet, verifyData } from './devnet-command.ts'
