import type { RelayPayer } from '../fees/payer.ts'
import type { Clock, Log, Random } from '../../base/index.ts'
import type { RecordCheck } from '../registry/record-check.ts'
import type { NodeAddress, NodeMemory, OverlayIdentity, RevocationBook } from '../types.ts'

export interface OverlayOptions {
  identity: OverlayIdentity
  /** Nobody is revoked where it is absent. */
  revocations?: RevocationBook
  /** The ledger's chain identifier. */
  chain: string
  nodes: readonly NodeAddress[]
  /** Keeps the nodes that it learns; without it a start knows the given ones only. */
  memory?: NodeMemory
  /** The ledger's newest epoch salt; may reject, then the one before (or the chain's own) holds. */
  salt: () => Promise<Uint8Array>
  /** Checks the nodes that nodes name against the ledger's registry; without it they are tried as they are named. */
  registry?: Pick<RecordCheck, 'check' | 'gone' | 'isRegistered'>
  /** Counts and pays; without it nothing is paid. */
  payer?: RelayPayer
  clock: Clock
  random: Random
  log: Log
}
