import type { ParleyError } from '../../contract/index.ts'
import type { LinkFrame } from '../../wire/index.ts'
import type { Waiting } from './unanswered.ts'

/** Told of every message's length in bytes. */
export interface FrameMeter {
  received: number
  sent: number
}

/** What a link needs of a WebSocket: the node's own (websocket/), or one of `ws`. */
export interface LinkSocket {
  readonly OPEN: number
  readonly readyState: number
  /** Bytes that wait in this process. */
  readonly bufferedAmount: number
  /** `data` is valid during the call only. */
  on(event: 'message', listener: (data: Buffer, binary: boolean) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'close', listener: () => void): unknown
  send(message: Buffer): void
  /** The same of what stands from `start` to `end`, in one piece: HEAD_ROOM bytes before it are the socket's. */
  sendFrom?(bytes: Buffer, start: number, end: number, done?: () => void): void
  pause(): void
  close(code?: number, reason?: string): void
  terminate(): void
}

export type FrameHandler = (frame: LinkFrame) => void
/** Serves the frame that stands from `at` to `end` as it is, or answers false and has done nothing. */
export type QuickHandler = (bytes: Buffer, at: number, end: number) => boolean
/** An envelope on its way to the other side. */
export interface Delivery extends Waiting {
  envelope: Buffer
  /** Called when nobody looks at `envelope` any more. */
  done: (() => void) | undefined
  /** Whether the other side accepts it in the end. */
  outcome(): Promise<boolean>
}
/** Who waits for an answer. */
export interface Answer {
  resolve: (frame: LinkFrame) => void
  reject: (error: ParleyError) => void
}
