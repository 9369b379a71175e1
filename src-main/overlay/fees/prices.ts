import type { NodePrices } from '../../ledger/index.ts'
import { FORGET_LOG_MS } from '../log/constants.ts'

/** A megabyte of a price list. */
const MB = 1_000_000n
const DAY_MS = 86_400_000n
/** How long the price of an entry of a group's log covers it: as a log that nobody writes to any more. */
export const APPEND_KEPT_MS = FORGET_LOG_MS
/** Parts of a NANO in which use is counted, so that no byte is rounded: NANOS times bytes times milliseconds of a MB and day. */
const PARTS_PER_NANO = MB * DAY_MS

/** What is counted: bytes of envelopes and log entries, and bytes times milliseconds of those that a mailbox or a log took. */
export interface Use {
  relayedBytes: bigint
  storedByteMs: bigint
}

export const NO_PRICES: NodePrices = { relayedMb: 0n, storedMbDay: 0n, forwardedTransaction: 0n }

/** What a send uses: `queued` also promises a place for as long as it may wait. */
export function useOf(bytes: number, ttlMs: number, result: 'delivered' | 'queued'): Use {
  return { relayedBytes: BigInt(bytes), storedByteMs: result === 'queued' ? BigInt(bytes) * BigInt(ttlMs) : 0n }
}

/** What goes over a link and is kept nowhere. */
export function relayUse(bytes: number): Use {
  return { relayedBytes: BigInt(bytes), storedByteMs: 0n }
}

/** What an entry of a group's log uses. */
export function appendUse(bytes: number): Use {
  return { relayedBytes: BigInt(bytes), storedByteMs: BigInt(bytes) * BigInt(APPEND_KEPT_MS) }
}

/** In parts of a NANO; exact. */
export function partsOf({ relayedMb, storedMbDay }: NodePrices, { relayedBytes, storedByteMs }: Use): bigint {
  return relayedBytes * relayedMb * DAY_MS + storedByteMs * storedMbDay
}

/** NANOS, rounded up. */
export function nanosOf(parts: bigint): bigint {
  return (parts + PARTS_PER_NANO - 1n) / PARTS_PER_NANO
}

/** Whether use is counted at all. */
export function isMetered({ relayedMb, storedMbDay }: NodePrices): boolean {
  return relayedMb > 0n || storedMbDay > 0n
}

/** What a node lets run up where a channel is open: so much and no more is lost when one side is killed. */
export function creditOf({ relayedMb, storedMbDay }: NodePrices): bigint {
  return relayedMb + storedMbDay
}

export function partsOfNanos(nanos: bigint): bigint {
  return nanos * PARTS_PER_NANO
}
