import type { SendRequest } from '../../wire/index.ts'
import type { SendResult } from '../types.ts'

/** Counts what devices use of a node, and refuses what was not paid for. */
export interface Meter {
  /** Nothing is counted: a send need not come by here. */
  readonly isFree: boolean
  /**
   * Runs a device's send and counts what it used, on disk before it resolves. Throws `payment_required` with the amount, before the
   * work, where the free allowance and the credit are used up.
   */
  send(
    from: { address: string; device: string },
    send: SendRequest,
    work: () => Promise<SendResult>,
  ): Promise<SendResult>
}

/** A node without prices. */
export const freeMeter: Meter = { isFree: true, send: (_from, _send, work) => work() }
