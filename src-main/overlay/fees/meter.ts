import type { SendRequest } from '../../wire/index.ts'
import type { SendResult } from '../types.ts'

/** Whose use it is. */
export interface User {
  address: string
  device: string
}

/** What a device wants to stand in a group's log. */
export interface AppendRequest {
  group: string
  epoch: number
  entry: Uint8Array
}

/**
 * Counts what devices use of a node, and refuses what was not paid for. Each call runs `work` and counts what it used, on disk before it
 * resolves. Throws `payment_required` with the amount where the free allowance and the credit are used up: before the work where
 * it is known what it will use.
 */
export interface Meter {
  /** Nothing is counted: a send need not come by here. */
  readonly isFree: boolean
  send(from: User, send: SendRequest, work: () => Promise<SendResult>): Promise<SendResult>
  /** An entry of a group's log; `work` answers what stands there in the end. */
  append<R extends { value: Uint8Array }>(from: User, append: AppendRequest, work: () => Promise<R>): Promise<R>
  /** What is read of a group's log. */
  read<R extends { entries: readonly { entry: Uint8Array }[] }>(from: User, work: () => Promise<R>): Promise<R>
  /** Whether the device has something left of the free allowance or of its credit. */
  covers(from: User): boolean
}

/** A node without prices. */
export const freeMeter: Meter = {
  isFree: true,
  send: (_from, _send, work) => work(),
  append: (_from, _append, work) => work(),
  read: (_from, work) => work(),
  covers: () => true,
}
