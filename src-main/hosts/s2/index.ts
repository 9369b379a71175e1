/**
 * An S2 node as a process.
 *
 *   await runS2({ ledger: 'http://127.0.0.1:9000', listen: '127.0.0.1:0', peers: [] }, { print: console.log, signal })
 */
export type { IceArgs } from './ice-options.ts'
export { becomeOwner } from './folder-owner.ts'
export { deskActions, runDesk } from './desk-command.ts'
export type { PriceArgs } from './price-options.ts'
export { rewardActions, runRewards } from './rewards-command.ts'
export type { ClusterArgs } from './cluster-options.ts'
export { withConfigFile } from './config-file.ts'
export { runS2, type S2Args, type S2Io } from './s2-command.ts'
