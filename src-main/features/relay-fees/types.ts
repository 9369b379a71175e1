import type { Clock, Log } from '../../base/index.ts'
import type { Fee } from '../../contract/index.ts'
import type { SigningKey } from '../../crypto/index.ts'
import type { Ledger, UnsignedTransfer } from '../../ledger/index.ts'
import type { LinkedNode } from '../../overlay/index.ts'
import type { Store } from '../../store/index.ts'
import type { LinkBody } from '../../wire/index.ts'

/** What a node tells of its prices and of what this device owes. */
export type ToldFees = LinkBody<'fees'>

/** What ending a credit costs and brings. */
export interface EndCost {
  /** At most, whatever way it ends; the channel's storage deposit comes back beside it. */
  fee: Fee
  /** NANOS of the deposit that come back at least, before the fee. */
  returned: bigint
  /** NANOS of it that the node keeps: promised, or used and not promised yet. */
  kept: bigint
  /** The node is there to agree; otherwise it takes the challenge window. */
  atOnce: boolean
  windowMs: number
}

/** An end that was begun. */
export interface EndedCredit {
  returned: bigint
  /** ms since 1970. */
  at: number
  /** Of what was signed. */
  fee: Fee
}

/** A transaction that the wallet signs, writes down and sends. */
export interface CreditOrder {
  account: number
  to: string
  nanos: bigint
  kind: 'credit'
  /** `in`: an end, with what comes back. */
  direction?: 'in'
  prepare: (reserved: ReadonlySet<string>) => Promise<UnsignedTransfer>
  onRecord?: (digest: string) => void
}

export interface RelayFeesParts {
  store: Store
  ledger: Pick<Ledger, 'chain' | 'channels' | 'registry' | 'epoch'>
  wallet: { pay(order: CreditOrder): Promise<{ digest: string; fee: Fee; state: 'pending' | 'done' }> }
  /** This device's: its channels name it, so no other device of the address signs for them. */
  deviceKey: Pick<SigningKey, 'publicKey' | 'sign'>
  /** Address of account 0. */
  self: string
  nodes: () => LinkedNode[]
  clock: Clock
  log: Log
  /** A credit, or what a node asks for, changed. */
  onChange: () => void
  /** What is asked for a contact request to this address changed. */
  onPostage: (address: string) => void
}
