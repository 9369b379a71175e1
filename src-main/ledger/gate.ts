/** A ledger as a node passes it on to devices: a closed list of reading calls, and signed transactions. */
export interface LedgerGate {
  /**
   * The body of the ledger's JSON-RPC answer. Throws `not_supported` for a method that is not on the list, `invalid_params`,
   * `too_large` or `ledger_unreachable`.
   */
  ask(method: string, params: unknown): Promise<object>
  /** Sends a transaction; `signature` is serialised (flag, signature, public key). Answers as `ask`. */
  submit(bytes: Uint8Array, signature: Uint8Array): Promise<object>
  /** NANOS of IOTA that an address gains by a transaction, as the ledger tries it out; undefined where it would not be executed. */
  gain(bytes: Uint8Array, address: string): Promise<bigint | undefined>
  close(): void
}

/** A transaction is sent by this call, which is not on the list of questions. */
export const EXECUTE_METHOD = 'iota_executeTransactionBlock'
