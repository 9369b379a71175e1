import type { NetworkStatus } from '../contract/index.ts'
import type { LedgerCard, MemoBoard } from '../features/ion/index.ts'
import type { OutboxRow } from '../store/index.ts'
import type { DeviceCertificate } from '../wire/index.ts'

/** The ledger as a way to arrange connections (PROTOCOL section 7). */
export interface LedgerWay {
  readonly board: MemoBoard
  /** Records may be written, and no S2 node can be used now: what can go by the ledger goes there. */
  readonly usable: boolean
  /**
   * Records may be written, and what is for this address goes by the ledger: no node can be used, or the nodes do not know it and
   * it was on the ledger later than there.
   */
  reaches(address: string): boolean
  /** The registry was searched for nodes, and so many were found. */
  searched(found: number): void
  /** Undefined too where no record may be written. */
  cardOf(address: string): Promise<LedgerCard | undefined>
  /** Resolves once the record is safe. Throws `offline` for what does not go by the ledger, and as `MemoBoard.post`. */
  send(to: { address: string; device: string }, envelope: Uint8Array, kind: OutboxRow['kind']): Promise<void>
  /** The same for a whole signal. */
  signal(recipient: DeviceCertificate, bytes: Uint8Array): Promise<void>
  /** A connection to this address is being arranged through the ledger. */
  isArranging(address: string): boolean
  status(): NonNullable<NetworkStatus['signalling']>
}
