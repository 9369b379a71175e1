import { isErrorCode, ParleyError, toParleyError } from '../contract/index.ts'
import { MlsError, mlsReason, type MlsReason } from '../crypto/index.ts'
import type { MlsEngine } from './types.ts'

/** The calls that go to the worker. */
export type MlsMethod = Exclude<keyof MlsEngine, 'start' | 'stop' | 'onRestart'>

/** First message to a worker, and the only one with a secret; a worker takes it once. */
export interface StartMessage {
  kind: 'start'
  certificate: Uint8Array
  /** 32 bytes, overwritten by the worker after use. */
  deviceSeed: Uint8Array
}
export interface RequestMessage {
  kind: 'request'
  id: number
  method: MlsMethod
  args: unknown[]
  /** Ms since 1970 by the caller's clock, for the times of certificates. */
  now: number
}
export type ToWorker = StartMessage | RequestMessage

export interface WireError {
  code: string
  message: string
  reason?: MlsReason
}
export type FromWorker =
  { kind: 'ready' } | { kind: 'answer'; id: number; value: unknown } | { kind: 'failure'; id: number; error: WireError }

export function toWireError(thrown: unknown): WireError {
  const { code, message } = toParleyError(thrown)
  const reason = mlsReason(thrown)
  return reason ? { code, message, reason } : { code, message }
}

export function fromWireError(error: WireError): ParleyError {
  if (error.reason) return new MlsError(error.reason)
  return new ParleyError(isErrorCode(error.code) ? error.code : 'internal', error.message)
}

/** Whole buffers in a value of the engine's, to be moved to the other thread instead of copied. */
export function buffersOf(value: unknown, found = new Set<ArrayBuffer>()): ArrayBuffer[] {
  if (value instanceof Uint8Array) {
    if (value.buffer instanceof ArrayBuffer && value.byteLength > 0) found.add(value.buffer)
  } else if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) buffersOf(part, found)
  }
  return [...found]
}

/**
 * A deep copy with every byte string in a buffer of its own: a view into a shared pool must neither be moved away from
 * its owner nor take the pool's other contents along.
 */
export function ownBytes<T>(value: T): T {
  if (value instanceof Uint8Array) return new Uint8Array(value) as T
  if (Array.isArray(value)) return value.map((part: unknown) => ownBytes(part)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, ownBytes(part as unknown)])) as T
}
