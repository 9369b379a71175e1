/**
 * Tokens for a local ledger, with the interface and the answers of the public faucets.
 *
 *   const coins = await faucet.give(address) // five coins of 10 IOTA
 */
export { Faucet } from './faucet.ts'
export { FaucetHttp } from './http.ts'
