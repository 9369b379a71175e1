import { ParleyError } from '../../contract/index.ts'
import { MAX_MAILBOX_TTL_MS } from '../constants.ts'
import type { Writer } from './database.ts'
import { type MergeContext, nextSeq, type StateLimits } from './merge.ts'
import type { Accepted, Mail } from './types.ts'

/** When a full mailbox is worth another try. */
const RETRY_MS = 60_000
/**
 * Replicas have let their mail in by their own quotas, and nodes differ for a while: only far beyond is it left out, which a
 * node that floods would reach.
 */
const REPLICA_ROOM = 2
/** Accepted envelopes of one device that are remembered, 200 bytes each: what a node that makes them up can take. */
const MAX_ACCEPTED = 100_000

/** Takes an envelope in once; nothing where the device has accepted it, or it has expired. Throws `rate_limited`. */
export function mergeMail(database: Writer, mail: Mail, { now, quota, limits }: MergeContext): boolean {
  const { address, device, envelopeId } = mail
  if (mail.expiresAt <= now) return false
  if (hasEnvelope(database, 'mail', mail) || hasEnvelope(database, 'accepted', mail)) return false
  checkQuota(database, mail, limits, quota)
  database.run(
    'INSERT INTO mail VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    nextSeq(database),
    address,
    device,
    envelopeId,
    mail.sender,
    mail.request ? 1 : 0,
    Math.min(mail.expiresAt, now + MAX_MAILBOX_TTL_MS),
    mail.bytes,
    mail.bytes.length,
  )
  return true
}

/** Removes the envelope and keeps the word of it until the envelope would have expired. */
export function mergeAccepted(database: Writer, fact: Accepted, { now }: MergeContext): boolean {
  const { address, device, envelopeId } = fact
  const mail = database.get(
    'DELETE FROM mail WHERE address = ? AND device = ? AND envelope_id = ? RETURNING expires_at',
    address,
    device,
    envelopeId,
  )
  const expiresAt = Math.min(Math.max(fact.expiresAt, Number(mail?.['expires_at'] ?? 0)), now + MAX_MAILBOX_TTL_MS)
  if (expiresAt <= now || hasEnvelope(database, 'accepted', fact)) return false
  const kept = database.get('SELECT count FROM accepted_count WHERE address = ? AND device = ?', address, device)
  if (Number(kept?.['count'] ?? 0) >= MAX_ACCEPTED) return mail !== undefined
  database.run('INSERT INTO accepted VALUES (?, ?, ?, ?, ?)', nextSeq(database), address, device, envelopeId, expiresAt)
  return true
}

type EnvelopeKey = Pick<Mail, 'address' | 'device' | 'envelopeId'>

function hasEnvelope(database: Writer, table: 'mail' | 'accepted', { address, device, envelopeId }: EnvelopeKey) {
  return !!database.get(
    `SELECT 1 FROM ${table} WHERE address = ? AND device = ? AND envelope_id = ?`,
    address,
    device,
    envelopeId,
  )
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
