import { ParleyError } from '../../contract/index.ts'
import type { Founding } from '../log/core/types.ts'
import type { Rows } from './database.ts'
import { RESERVED_BYTES, ROW_BYTES, SLOT_BYTES } from './log-sizes.ts'
import type { StateLimits } from './merge.ts'
import { totalOf } from './totals.ts'

/** Of a node's bytes for logs: what new ones and long ones may fill. */
const SHARED = 3 / 4
/** ... and what those may fill that move here from other nodes. The rest is for what members of logs vote for, whoever tells of others. */
const MOVED = 7 / 8
/** Of all bytes, what logs may come to that were founded by way of one other node: half of what new ones may fill. */
const NODE_SHARE = 3 / 8
/** Of the room that is left in it: what the logs of one founder may come to. */
const OWNER_SHARE = 1 / 8
/** What everybody may have while there is room at all: eight conversations. */
const OWNER_LEAST = 8 * RESERVED_BYTES
/** When a full node is worth another try. */
const RETRY_MS = 600_000

type Kept = StateLimits['kept']
type Founder = Pick<Founding, 'owner' | 'via'>

/** Before a log is founded here. Throws `storage_full` with a time to wait where there is no room for it, or none for its founder. */
export function requireFoundingRoom(rows: Rows, by: Founder, kept: Kept): void {
  requireShare(rows, by, RESERVED_BYTES, SHARED * kept.logBytes)
}

/** Before a log is kept here that this node did not keep. Throws as above. */
export function requireKeepingRoom(
  rows: Rows,
  group: string,
  { owner, via, after, floor }: Founder & { after: number; floor: number },
  { logBytes }: Kept,
): void {
  const charge = chargeOf(rows, group)
  // One that was given up is no more than its row.
  const needed = floor > 0 ? ROW_BYTES : RESERVED_BYTES
  requireShare(rows, { owner, via }, needed - charge, (after === 0 ? SHARED : MOVED) * logBytes)
}

/** Before an entry of so many bytes is proposed: within what the log counts for there is always room. Throws as above. */
export function requireEntryRoom(rows: Rows, group: string, bytes: number, kept: Kept): void {
  const row = rows.get('SELECT owner, via, kept, slots, bytes, charge FROM log_total WHERE log = ?', group)
  if (!row) return
  const size = ROW_BYTES + SLOT_BYTES * (Number(row['slots']) + 1) + Number(row['bytes']) + bytes
  // One that was given up gets its reserve again.
  const after = Math.max(Number(row['kept']) * RESERVED_BYTES, size)
  const more = after - Number(row['charge'])
  const by = { owner: String(row['owner']), via: String(row['via']) }
  if (more > 0) requireShare(rows, by, more, SHARED * kept.logBytes)
}

/**
 * After a step: the bytes of all logs are bounded for whoever wanted it, other nodes too. What throws here is undone as a whole, and a vote that
 * was not cast does no harm.
 */
export function requireLogBytes(rows: Rows, before: number, kept: Kept): void {
  const { bytes } = totalOf(rows, 'log')
  if (bytes > before && bytes > kept.logBytes) throw full('This node has no room for more group logs.')
}

/** The same for what one other node answers for, so that no node alone fills this one. `before`: what the log counted for. */
export function requireNodeShare(rows: Rows, group: string, self: string, before: number, { logBytes }: Kept): void {
  const row = rows.get('SELECT via, charge FROM log_total WHERE log = ?', group)
  const via = String(row?.['via'] ?? '')
  if (via === '' || via === self || Number(row?.['charge']) <= before) return
  const bytes = Number(rows.get('SELECT bytes FROM log_via WHERE via = ?', via)?.['bytes'] ?? 0)
  if (bytes > NODE_SHARE * logBytes) throw full('This node has no room for more group logs by way of that node.')
}

/** What a log counts for. */
export function chargeOf(rows: Rows, group: string): number {
  return Number(rows.get('SELECT charge FROM log_total WHERE log = ?', group)?.['charge'] ?? 0)
}

function requireShare(rows: Rows, { owner, via }: Founder, more: number, most: number): void {
  const free = most - totalOf(rows, 'log').bytes
  if (more > free) throw full('This node has no room for more group logs.')
  const row = rows.get('SELECT bytes FROM log_founder WHERE owner = ? AND via = ?', owner, via)
  const own = Number(row?.['bytes'] ?? 0) + more
  if (own > OWNER_LEAST && own > free * OWNER_SHARE)
    throw full('This node has no room for more group logs of this address.')
}

function full(text: string): ParleyError {
  return new ParleyError('storage_full', text, { retryAfter: RETRY_MS })
}
