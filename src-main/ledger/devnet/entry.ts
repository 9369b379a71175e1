import type { Execution, LedgerTransaction } from './execution/index.ts'

/** An executed transaction; each is the only one of its checkpoint. */
export interface ChainEntry {
  /** base58 digest of the transaction. */
  digest: string
  /** BCS of TransactionData, as it was signed. */
  bytes: Uint8Array
  transaction: LedgerTransaction
  /** base64, as they came. */
  signatures: string[]
  execution: Execution
  /** Sequence number from 1; 0 is the genesis. */
  checkpoint: number
  /** base58; each covers the one before. */
  checkpointDigest: string
  /** Milliseconds since 1970. */
  time: number
}
