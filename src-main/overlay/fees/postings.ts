import { DAY_MS, fromHex, utf8 } from '../../base/index.ts'
import { hash256 } from '../../wire/index.ts'
import type { FeeDatabase } from './database.ts'

const KEY_BYTES = 16
/** Requests that are remembered so that a repeat costs nothing; 150 bytes each. Only what was paid for can drive one out. */
const MAX_POSTED = 100_000
/** One postage pays for one envelope to each device of the recipient within this time: they are one request. */
const POSTING_MS = DAY_MS

/** A contact request of a stranger. */
export interface Posting {
  /** Who sends it. */
  address: string
  device: string
  to: { address: string; device: string }
  /** SHA-256 of the envelope, hex. */
  digest: string
  now: number
}

/** Names the request itself, whoever asks whom, and the device that is asked. No address stands in the book by itself. */
function keysOf({ device, to, digest }: Posting) {
  const pair = short(fromHex(device), utf8(to.address))
  return {
    pair,
    target: short(pair, fromHex(to.device)),
    name: short(pair, fromHex(to.device), utf8(digest)),
  }
}

/** Whether it was accepted before. */
export function isPosted(database: FeeDatabase, posting: Posting): boolean {
  return database.get('SELECT 1 FROM posted WHERE name = ?', keysOf(posting).name) !== undefined
}

/** How many envelopes more to this device what was paid for the recipient covers. */
export function roomOf(database: FeeDatabase, posting: Posting): number {
  return postingsOf(database, posting).length
}

/** Writes an accepted request down; false where it is paid for already. Within a transaction. */
export function note(database: FeeDatabase, posting: Posting): boolean {
  const { name, pair, target } = keysOf(posting)
  if (isPosted(database, posting)) return false
  const [known] = postingsOf(database, posting)
  const next = Number(database.get('SELECT coalesce(max(seq), 0) + 1 AS next FROM posted')?.['next'])
  const { first, at } = known ?? { first: next, at: posting.now }
  database.run('INSERT INTO posted VALUES (?, ?, ?, ?, ?, ?)', next, name, pair, target, first, at)
  database.run(`DELETE FROM posted WHERE seq <= ${next - MAX_POSTED}`)
  return known === undefined
}

/** The postings, with their time, that have room for one envelope to this device: the oldest first. */
function postingsOf(database: FeeDatabase, posting: Posting): { first: number; at: number }[] {
  const { pair, target } = keysOf(posting)
  const rows = database.all(
    `SELECT posting, max(at) AS at FROM posted WHERE pair = ? AND at > ?
       AND posting NOT IN (SELECT posting FROM posted WHERE target = ? AND pair = ?) GROUP BY posting ORDER BY posting`,
    pair,
    posting.now - POSTING_MS,
    target,
    pair,
  )
  return rows.map((row) => ({ first: Number(row['posting']), at: Number(row['at']) }))
}

function short(...parts: Uint8Array[]): Uint8Array {
  return hash256(...parts).subarray(0, KEY_BYTES)
}
