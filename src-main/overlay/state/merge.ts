import type { NodeLimits } from '../limits/limits.ts'
import type { Writer } from './database.ts'

/** What a state refuses mail beyond. Part of every logged command, so that all processes decide alike. */
export type StateLimits = Pick<NodeLimits, 'mailbox' | 'mailboxPerSender' | 'kept'>

export function stateLimits({ mailbox, mailboxPerSender, kept }: StateLimits): StateLimits {
  return { mailbox, mailboxPerSender, kept }
}

export interface MergeContext {
  /** Milliseconds since 1970. */
  now: number
  /** Given by a device: limits hold. Replicas' facts were let in already. */
  quota: boolean
  /** By way of another node, which says who sent it. */
  vouched?: boolean
  limits: StateLimits
}

/** The next place in the order of changes. */
export function nextSeq(database: Writer): number {
  return Number(database.get('UPDATE state SET seq = seq + 1 RETURNING seq')?.['seq'])
}
