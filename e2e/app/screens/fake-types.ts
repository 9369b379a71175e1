import type { EventName, EventPayload } from '../../../src-main/contract/index.ts'

export type Scenario =
  | 'demo'
  | 'empty'
  | 'new'
  | 'locked'
  | 'unreachable'
  | 'unconfirmed'
  /** A thousand activities and a large balance in many coins, whose deposits each payment frees. */
  | 'many'
  /** The wallet is off the screen. */
  | 'hidden'
  /** Other ledgers, which confirm late; no consent to pay for signalling yet. */
  | 'testnet'
  | 'mainnet'
  /** No S2 node is set up. */
  | 'ledger'
  /** The ledger would be the only way, and it is switched off. */
  | 'wayOff'
  /** A node with a long name and large sums, whose credit is of another device of the address. */
  | 'elsewhere'
  /** What ending a credit costs rises while it is looked at. */
  | 'dearer'
  /** What relay nodes do is not counted. */
  | 'uncounted'
  /** The disk is full: nothing can be written. */
  | 'fullDisk'
  /** What relay nodes did cannot be told: an error. */
  | 'usageAway'
export type Emit = <K extends EventName>(name: K, payload: EventPayload<K>) => void
