import { ParleyError } from '../../contract/index.ts'
import { sha256 } from '../../crypto/index.ts'
import { MAX_MAILBOX_TTL_MS } from '../constants.ts'
import type { Rows, Writer } from './database.ts'
import { type MergeContext, nextSeq, type StateLimits } from './merge.ts'
import { makeRoomForAccepted } from './room.ts'
import { totalOf } from './totals.ts'
import type { Accepted, Mail } from './types.ts'

/** When a full mailbox is worth another try. */
const RETRY_MS = 60_000
/**
 * Replicas have let their mail in by their own quotas, and nodes differ for a while: only far beyond is it left out, which a
 * node that floods would reach.
 */
const REPLICA_ROOM = 2
/**
 * Of all room: what other nodes may fill. They name the senders, so no share of a sender holds for one that makes them up; those who link
 * here must find some room all the same.
 */
const REPLICA_PART = 3 / 4
/** Of the room that is left on a node: what mail of one sender may take. */
const SENDER_SHARE = 1 / 8
/** What everybody may have waiting while there is room at all: some messages, or the largest envelope. */
const SENDER_LEAST = 64 * 1024
/** Accepted envelopes of one device that are remembered, 300 bytes each: whoever has a device key can sign without end. */
const MAX_ACCEPTED = 100_000

/** Takes an envelope in once; nothing where the device has accepted it, or it has expired. Throws `rate_limited`. */
export function mergeMail(database: Writer, mail: Mail, context: MergeContext): boolean {
  const { now, quota, limits } = context
  const { address, device } = mail
  if (mail.expiresAt <= now) return false
  const key = { address, device, digest: sha256(mail.bytes) }
  if (hasEnvelope(database, 'mail', key) || hasEnvelope(database, 'accepted', key)) return false
  checkQuota(database, mail, limits, quota)
  checkRoom(database, mail, context)
  database.run(
    'INSERT INTO mail VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    nextSeq(database),
    address,
    device,
    mail.envelopeId,
    mail.sender,
    mail.request ? 1 : 0,
    Math.min(mail.expiresAt, now + MAX_MAILBOX_TTL_MS),
    mail.bytes,
    mail.bytes.length,
    key.digest,
  )
  return true
}

/** Removes the envelope and keeps the word of it until the envelope would have expired. */
export function mergeAccepted(database: Writer, fact: Accepted, { now, limits }: MergeContext): boolean {
  const { address, device, digest, signature } = fact
  const mail = database.get(
    'DELETE FROM mail WHERE address = ? AND device = ? AND digest = ? RETURNING expires_at',
    address,
    device,
    digest,
  )
  const expiresAt = Math.min(Math.max(fact.expiresAt, Number(mail?.['expires_at'] ?? 0)), now + MAX_MAILBOX_TTL_MS)
  if (expiresAt <= now || hasEnvelope(database, 'accepted', fact)) return false
  const kept = database.get('SELECT count FROM accepted_count WHERE address = ? AND device = ?', address, device)
  if (Number(kept?.['count'] ?? 0) >= MAX_ACCEPTED) return mail !== undefined
  makeRoomForAccepted(database, limits)
  const sql = 'INSERT INTO accepted VALUES (?, ?, ?, ?, ?, ?)'
  database.run(sql, nextSeq(database), address, device, digest, expiresAt, signature)
  return true
}

/** Whether these very bytes wait for the device, or were accepted by it. */
export function hasEnvelope(
  rows: Rows,
  table: 'mail' | 'accepted',
  { address, device, digest }: Pick<Accepted, 'address' | 'device' | 'digest'>,
): boolean {
  const sql = `SELECT 1 FROM ${table} WHERE address = ? AND device = ? AND digest = ?`
  return rows.get(sql, address, device, digest) !== undefined
}

/**
 * What all mailboxes here may hold together is shared out by what is still free: a sender may have an eighth of it waiting, so that
 * the emptier the node the more, and one that fills it leaves the others most of what was left. Its last quarter is for what is written here.
 */
function checkRoom(
  database: Writer,
  { sender, bytes }: Mail,
  { quota, vouched, limits: { kept } }: MergeContext,
): void {
  const free = kept.mailBytes * (quota && !vouched ? 1 : REPLICA_PART) - totalOf(database, 'mail').bytes
  if (bytes.length > free)
    throw new ParleyError('storage_full', 'This node has no room for more mail.', { retryAfter: RETRY_MS })
  const own = Number(database.get('SELECT bytes FROM sent WHERE sender = ?', sender)?.['bytes'] ?? 0) + bytes.length
  if (own > SENDER_LEAST && own > free * (quota ? SENDER_SHARE : REPLICA_ROOM * SENDER_SHARE))
    throw new ParleyError('rate_limited', 'This node has no room for more from you.', { retryAfter: RETRY_MS })
}

function checkQuota(database: Writer, mail: Mail, { mailbox, mailboxPerSender }: StateLimits, quota: boolean): void {
  const { address, device, sender, bytes } = mail
  const room = quota ? 1 : REPLICA_ROOM
  const full = (row: Record<string, unknown> | undefined, most: { count: number; bytes: number }) =>
    Number(row?.['count'] ?? 0) >= room * most.count || Number(row?.['bytes'] ?? 0) + bytes.length > room * most.bytes
  const own = database.get(
    'SELECT count, bytes, requests FROM quota WHERE address = ? AND device = ? AND sender = ?',
    address,
    device,
    sender,
  )
  if (mail.request && Number(own?.['requests'] ?? 0) >= room)
    throw new ParleyError('rate_limited', 'A contact request waits there already.', { retryAfter: RETRY_MS })
  if (full(own, mailboxPerSender))
    throw new ParleyError('rate_limited', 'Too much from you waits there already.', { retryAfter: RETRY_MS })
  const all = database.get(
    'SELECT sum(count) AS count, sum(bytes) AS bytes FROM quota WHERE address = ? AND device = ?',
    address,
    device,
  )
  if (full(all, mailbox)) throw new ParleyError('rate_limited', 'The mailbox there is full.', { retryAfter: RETRY_MS })
}
