import type { EventName, EventPayload } from '../../../src-main/contract/index.ts'

export type Scenario =
  | 'demo'
  | 'empty'
  | 'new'
  | 'locked'
  | 'unreachable'
  | 'unconfirmed'
  /** A thousand activities and a large balance. */
  | 'many'
  /** The wallet is off the screen. */
  | 'hidden'
  /** Other ledgers; no consent to pay for signalling yet. */
  | 'testnet'
  | 'mainnet'
  /** No S2 node is set up. */
  | 'ledger'
export type Emit = <K extends EventName>(name: K, payload: EventPayload<K>) => void
