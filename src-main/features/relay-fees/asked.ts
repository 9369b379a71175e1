import { equal, toHex } from '../../base/index.ts'
import { sha256 } from '../../crypto/index.ts'
import {
  APPEND_KEPT_MS,
  appendUse,
  type CountedAppend,
  type CountedRead,
  type CountedSend,
  relayUse,
  type Use,
  useOf,
} from '../../overlay/index.ts'
import { type LinkBody, MAX_LOG_ENTRY_BYTES, MAX_LOG_PAGE_BYTES } from '../../wire/index.ts'

/** Of one page that is not answered no more than a few are in doubt in this time: longer than a link is away as a rule. */
const READ_DOUBT_MS = 24 * 3_600_000

/** What it came to. */
export interface UsedHere {
  use: Use
  /** How long it is kept in ms: so long a repeat is free. 0 where it is not kept; undefined where the same again counts again. */
  keptMs: number | undefined
}

/** What a node is asked for, counted by the same rules as there (overlay/fees/orders.ts). */
export interface Asked<R> {
  /** Names the very same thing asked for again. */
  key: string
  /** What it may come to at most. */
  most: Use
  /** How long it is kept at most, in ms: asked for again and again in that time it comes to no more than once. */
  mostMs: number
  /** Undefined where nothing is counted. */
  used(result: R): UsedHere | undefined
}

export function sendAsked({ to, envelope, ttl }: CountedSend): Asked<'delivered' | 'queued' | 'dropped'> {
  const size = envelope.length
  return {
    key: `${to.device}/${toHex(sha256(envelope))}`,
    most: useOf(size, ttl, 'queued'),
    mostMs: ttl,
    used: (result) =>
      result === 'dropped' ? undefined : { use: useOf(size, ttl, result), keptMs: result === 'queued' ? ttl : 0 },
  }
}

export function appendAsked({ group, epoch, entry }: CountedAppend): Asked<LinkBody<'logResult'>> {
  const won = appendUse(entry.length)
  const lost = (winner: Uint8Array) => relayUse(entry.length + winner.length)
  return {
    key: `${group}/${epoch}/${toHex(sha256(entry))}`,
    most: {
      relayedBytes: BigInt(entry.length + MAX_LOG_ENTRY_BYTES),
      storedByteMs: won.storedByteMs,
    },
    mostMs: APPEND_KEPT_MS,
    used: ({ result }) => {
      if (result.$kind === 'moved') return undefined
      // A winner of the same bytes is no loss: see ClientLogs.append.
      const isWon = result.$kind === 'won' || equal(result.lost, entry)
      return isWon ? { use: won, keptMs: APPEND_KEPT_MS } : { use: lost(result.lost), keptMs: undefined }
    },
  }
}

/** What is answered counts each time; who is not answered asks for the same page until it is, and that is in doubt a few times only. */
export function readAsked({ group, from }: CountedRead): Asked<LinkBody<'logEntries'>> {
  return {
    key: `${group}/${from}/read`,
    most: relayUse(MAX_LOG_PAGE_BYTES),
    mostMs: READ_DOUBT_MS,
    used: ({ entries }) => {
      const bytes = entries.reduce((sum, { entry }) => sum + entry.length, 0)
      return bytes === 0 ? undefined : { use: relayUse(bytes), keptMs: undefined }
    },
  }
}
