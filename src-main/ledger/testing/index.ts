/**
 * What the ledger's tests share: a person with a key, a ledger that runs, a server that answers whatever a test wants.
 *
 *   const { ledger, stop } = await startLedger()
 *   const alice = newPerson()
 *   await ledger.faucet(alice.address)
 */
export { giveCoins } from './give-coins.ts'
export { type FakeLedger, startFakeLedger } from './fake-ledger.ts'
export { signedTransfer } from './raw-transfer.ts'
export { newPerson, type Person, type RunningLedger, startLedger } from './harness.ts'
