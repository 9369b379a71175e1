import type { Clock, Log, Random } from '../../base/index.ts'
import type { Fee, Transaction } from '../../contract/index.ts'
import type { Ledger, LedgerSigner, UnsignedTransfer } from '../../ledger/index.ts'
import type { Store, TransferRow } from '../../store/index.ts'

export interface WalletParts {
  store: Store
  ledger: Ledger
  /** The key of an account by its index; throws `locked`. */
  signerOf: (index: number) => Promise<LedgerSigner>
  /** The identity: account 0. */
  self: { address: string; name: string }
  clock: Clock
  random: Random
  log: Log
}

export interface WalletEvents {
  transaction: Transaction
}

/** Where a payment goes and how much: NANOS, or everything less the fee. */
export interface Amount {
  nanos?: bigint | undefined
  all?: boolean | undefined
}

/** A payment to make. */
export interface PaymentOrder extends Amount {
  /** Index of the account that pays. */
  account: number
  /** Canonical address. */
  to: string
  memo?: Uint8Array | undefined
  /** Makes another transaction than a transfer, with none of the coins named; its NANOS are what is written down. */
  prepare?: (reserved: ReadonlySet<string>) => Promise<UnsignedTransfer>
  note?: string | undefined
  kind: TransferRow['kind']
  /** `in`: its NANOS are the user's own and come back. */
  direction?: 'in' | undefined
  /** Of a request that other devices of this user may pay at the same moment: the coins are chosen so that one wins. */
  requestId?: string | undefined
  /** Runs when the coins are chosen and before anything is signed: a throw means that nothing is paid. */
  beforeSigning?: () => Promise<void>
  /** 32 hexadecimal digits: the same again is the same payment. */
  paymentId?: string | undefined
  /** Runs in the transaction that writes the payment down: a throw means that nothing is paid. */
  onRecord?: (digest: string) => void
}

/** A payment that is written down: the ledger has it, or gets it as soon as it can. */
export interface Paid {
  digest: string
  /** Merges that this call made before it included. */
  fee: Fee
  state: 'pending' | 'done'
}
