import type { ParleyError } from '../../contract/index.ts'
import type { LinkFrame } from '../../wire/index.ts'
import type { Waiting } from './unanswered.ts'

/** Told of every message's length in bytes. */
export interface FrameMeter {
  received: number
  sent: number
}

export type FrameHandler = (frame: LinkFrame) => void
/** Serves the frame that stands from `at` to `end` as it is, or answers false and has done nothing. */
export type QuickHandler = (bytes: Buffer, at: number, end: number) => boolean
/** An envelope on its way to the other side. */
export interface Delivery extends Waiting {
  envelope: Buffer
  /** Whether the other side accepts it in the end. */
  outcome(): Promise<boolean>
}
/** Who waits for an answer. */
export interface Answer {
  resolve: (frame: LinkFrame) => void
  reject: (error: ParleyError) => void
}
