/**
 * The wallet: accounts, balances, payments with the fee known before, activities, links, the faucet of a local ledger.
 *
 *   const { fee, total } = await wallet.estimate(0, bob, { nanos: 1_000_000_000n })
 *   const { digest } = await wallet.send(0, bob, { nanos: 1_000_000_000n }, 'Lunch')
 *   wallet.on('transaction', (transaction) => console.log(transaction.state))
 */
export { explorerUrl, readLink, type Whereabouts, writeLinks } from './links.ts'
export type { Amount, Paid, PaymentOrder, WalletEvents, WalletParts } from './types.ts'
export { Wallet } from './wallet.ts'
export { WalletWatcher, type WatcherParts } from './watcher.ts'
