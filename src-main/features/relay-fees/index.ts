/**
 * A device's side of the fees of S2 nodes: what it uses of each is counted here too, and paid by vouchers from one-way channels.
 *
 *   const fees = new RelayFees({ store, ledger, wallet, signer, self, nodes: () => overlay.nodes(), clock, log, onChange })
 *   const overlay = createOverlay({ …, payer: fees })
 *   await fees.open(nodeId, 50_000_000n, shownPrices)
 */
export { RelayFees } from './relay-fees.ts'
