import type { Clock, Log, Random } from '../../base/index.ts'
import type { Fee, Transaction } from '../../contract/index.ts'
import type { Ledger } from '../../ledger/index.ts'
import type { AccountRow, MessageRow, Store, TransferRow } from '../../store/index.ts'
import type { ConversationEventInput } from '../../wire/index.ts'

/** What requests need of the chat. */
export interface PaymentChats {
  /** The address of a chat in which this user may write now. */
  mayWrite(input: string): string
  /** The clock of the chat's next event. */
  nextClock(chat: string): { time: number; count: number }
  /** The clock of an event that arrived, held to a bound. */
  boundedClock(clock: { time: number; count: number }): { time: number; count: number }
  /** Writes an event to the outbox and runs `also` in the same transaction. */
  post(chat: string, fields: ConversationEventInput, messageId: string | undefined, also: () => void): Promise<void>
  announce(row: MessageRow): void
  /** A message is not what it was. */
  announceChange(messageId: string): void
}

/** A payment of a request: `memo` binds it, `onRecord` runs in the transaction that writes it down. */
export interface RequestPayment {
  account: number
  to: string
  nanos: bigint
  memo: Uint8Array
  kind: 'payment'
  requestId: string
  note: string | undefined
  /** Runs when the coins are chosen and before anything is signed: a throw means that nothing is paid. */
  beforeSigning: () => Promise<void>
  onRecord: (digest: string) => void
}

/** A payment that is written down. */
export interface PaidRequest {
  digest: string
  fee: Fee
  state: 'pending' | 'done'
}

/** What requests need of the wallet. */
export interface PaymentWallet {
  readonly accounts: { get(index: number): AccountRow; rows(): AccountRow[] }
  pay(order: RequestPayment): Promise<PaidRequest>
  onSettled(listener: (row: TransferRow) => void): () => void
  on(name: 'transaction', listener: (transaction: Transaction) => void): () => void
}

export interface PaymentsParts {
  store: Store
  chats: PaymentChats
  wallet: PaymentWallet
  ledger: Ledger
  /** This user's address. */
  self: string
  clock: Clock
  random: Random
  log: Log
}
