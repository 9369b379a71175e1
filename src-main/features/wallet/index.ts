/**
 * The wallet: balance, payments with the fee known before, history, faucet of a local ledger.
 *
 *   const { fee, total } = await wallet.estimate(bob, 1_000_000_000n)
 *   const { digest } = await wallet.send(bob, 1_000_000_000n)
 */
export { Wallet, type WalletEvents, type WalletParts } from './wallet.ts'
export { WalletWatcher, type WatcherParts } from './watcher.ts'
