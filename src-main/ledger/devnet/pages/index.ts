/**
 * What a browser finds at a local ledger: an overview, accounts, transactions, a faucet, and `/health` for programs.
 *
 *   const pages = new Pages({ node, faucet, clock, kept: true })
 *   const answer = await pages.answer({ method: 'GET', path: '/', query, form })
 */
export { Pages } from './pages.ts'
export type { PageAnswer } from './types.ts'
