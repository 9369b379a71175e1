import { compare } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { MAX_REVOCATIONS } from '../../wire/index.ts'
import { MAX_DEVICES } from '../constants.ts'
import type { Writer } from './database.ts'
import { mergeAccepted, mergeMail } from './mail.ts'
import { nextSeq, type MergeContext } from './merge.ts'
import { makeRoomForDevice, makeRoomForList, makeRoomForRevocation } from './room.ts'
import type { Allowed, DeviceFact, Fact, LastResort } from './types.ts'

/** Devices of an address that are kept for replicas: more than MAX_DEVICES only where nodes differed for a while. */
const MOST_DEVICES = 4 * MAX_DEVICES
/** A certificate that expired is kept for so long: its device may bring a new one, and finds its mail. */
export const KEEP_DEVICE_MS = 30 * 24 * 3_600_000
/** A device of which only another node tells counts as seen so long ago: made-up ones give way before those that link here every week. */
const HEARD_MS = 7 * 24 * 3_600_000

/** Merges one fact; true where it was news. With `quota` a refusal throws, without it the fact is left out. */
export function mergeFact(database: Writer, fact: Fact, context: MergeContext): boolean {
  if (context.quota) return mergeKind(database, fact, context)
  try {
    return mergeKind(database, fact, context)
  } catch (error) {
    if (error instanceof ParleyError) return false
    throw error
  }
}

function mergeKind(database: Writer, fact: Fact, context: MergeContext): boolean {
  switch (fact.kind) {
    case 'mail':
      refuseRevoked(database, fact)
      return mergeMail(database, fact, context)
    case 'accepted':
      return mergeAccepted(database, fact, context)
    case 'allowed':
      return mergeAllowed(database, fact, context)
    case 'device':
      refuseRevoked(database, fact)
      return mergeDevice(database, fact, context)
    case 'revocation':
      return mergeRevocation(database, fact, context)
  }
}

function refuseRevoked(database: Writer, { address, device }: { address: string; device: string }): void {
  if (database.get('SELECT 1 FROM revocation WHERE address = ? AND device = ?', address, device))
    throw new ParleyError('revoked', 'This device was removed from its address.')
}

function mergeAllowed(database: Writer, fact: Allowed, { limits }: MergeContext): boolean {
  const { address, version, senders, certificate, signature } = fact
  const list = [...new Set(senders)].sort()
  const known = Number(database.get('SELECT version FROM owner WHERE address = ?', address)?.['version'] ?? -1)
  if (version < known) return false
  if (version === known) {
    // Two lists of one version: every node must take the same one.
    const before = allowedSenders(database, address)
    if (list.join() <= before.join()) return false
  }
  database.run(
    `INSERT INTO owner VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
       version = excluded.version, seq = excluded.seq, certificate = excluded.certificate, signature = excluded.signature`,
    address,
    version,
    nextSeq(database),
    certificate,
    signature,
  )
  database.run('DELETE FROM allowed WHERE owner = ?', address)
  for (const sender of list) database.run('INSERT INTO allowed VALUES (?, ?)', address, sender)
  makeRoomForList(database, address, limits)
  return true
}

/** Sorted. */
export function allowedSenders(database: Pick<Writer, 'all'>, address: string): string[] {
  return database
    .all('SELECT sender FROM allowed WHERE owner = ? ORDER BY sender', address)
    .map((row) => String(row['sender']))
}

function mergeDevice(database: Writer, fact: DeviceFact, { now, quota, limits }: MergeContext): boolean {
  const { address, device, certificate, issuedAt, lastResort } = fact
  if (fact.expiresAt + KEEP_DEVICE_MS <= now) return false
  const known = database.get('SELECT * FROM device WHERE address = ? AND id = ?', address, device)
  if (!known) {
    const living = Number(
      database.get('SELECT count(*) AS count FROM device WHERE address = ? AND expires_at > ?', address, now)?.[
        'count'
      ],
    )
    if (living >= (quota ? MAX_DEVICES : MOST_DEVICES))
      throw new ParleyError('rate_limited', 'This address has too many devices.')
    makeRoomForDevice(database, limits)
    insertDevice(database, fact, quota ? now : now - HEARD_MS)
    return true
  }
  const order = issuedAt - Number(known['issued_at'])
  const newer = order > 0 || (order === 0 && compare(certificate, known['certificate'] as Uint8Array) > 0)
  const better = lastResort !== undefined && isBetterResort(lastResort, known)
  if (!newer && !better) return false
  const merged = { ...(newer ? fact : storedDevice(known)), ...(better ? { lastResort } : resortOf(known)) }
  insertDevice(database, merged, Math.max(Number(known['seen_at']), quota ? now : 0))
  // Those that wait carry the certificate before: who takes one after its end can do nothing with it. The device brings new ones.
  if (newer) dropPackages(database, address, device)
  return true
}

/** Not where another address claims the device as well: a wallet alone makes a certificate for anybody's device. */
function dropPackages(database: Writer, address: string, device: string): void {
  const claimed = database.get('SELECT 1 FROM device WHERE id = ? AND address <> ?', device, address)
  if (!claimed) database.run('DELETE FROM key_package WHERE device = ?', device)
}

function isBetterResort(given: LastResort, known: Record<string, unknown>): boolean {
  const before = resortOf(known).lastResort
  if (!before || given.version !== before.version) return given.version > (before?.version ?? -1)
  return compare(given.keyPackage, before.keyPackage) > 0
}

/** The device was linked here. */
export function seeDevice(
  database: Writer,
  { address, device, now }: { address: string; device: string; now: number },
) {
  database.run('UPDATE device SET seen_at = max(seen_at, ?) WHERE address = ? AND id = ?', now, address, device)
}

function insertDevice(database: Writer, fact: DeviceFact, seenAt: number): void {
  database.run(
    `INSERT INTO device VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
       seq = excluded.seq, certificate = excluded.certificate, issued_at = excluded.issued_at,
       expires_at = excluded.expires_at, last_resort = excluded.last_resort,
       last_resort_version = excluded.last_resort_version, seen_at = excluded.seen_at,
       last_resort_signature = excluded.last_resort_signature`,
    fact.address,
    fact.device,
    nextSeq(database),
    fact.certificate,
    fact.issuedAt,
    Math.min(fact.expiresAt, Number.MAX_SAFE_INTEGER),
    fact.lastResort?.keyPackage ?? null,
    fact.lastResort?.version ?? 0,
    seenAt,
    fact.lastResort?.signature ?? null,
  )
}

/** The fact in a row of `device`. */
export function storedDevice(row: Record<string, unknown>): DeviceFact {
  return {
    address: String(row['address']),
    device: String(row['id']),
    certificate: row['certificate'] as Uint8Array,
    issuedAt: Number(row['issued_at']),
    expiresAt: Number(row['expires_at']),
    ...resortOf(row),
  }
}

function resortOf(row: Record<string, unknown>): Pick<DeviceFact, 'lastResort'> {
  const keyPackage = row['last_resort'] as Uint8Array | null
  if (!keyPackage) return {}
  const signature = row['last_resort_signature'] as Uint8Array
  return { lastResort: { version: Number(row['last_resort_version']), keyPackage, signature } }
}

/** Drops everything that waits for the device. Key packages are of a device whatever address names it. */
function mergeRevocation(
  database: Writer,
  fact: Extract<Fact, { kind: 'revocation' }>,
  { limits }: MergeContext,
): boolean {
  const { address, device, signed } = fact
  if (database.get('SELECT 1 FROM revocation WHERE address = ? AND device = ?', address, device)) return false
  const own = database.get('SELECT count(*) AS count FROM revocation WHERE address = ?', address)
  if (Number(own?.['count']) >= MAX_REVOCATIONS)
    throw new ParleyError('too_large', 'This address has revoked too many devices.')
  makeRoomForRevocation(database, address, limits)
  database.run('INSERT INTO revocation VALUES (?, ?, ?, ?)', nextSeq(database), address, device, signed)
  database.run('DELETE FROM mail WHERE address = ? AND device = ?', address, device)
  const known = database.run('DELETE FROM device WHERE address = ? AND id = ?', address, device) > 0
  if (known) database.run('DELETE FROM key_package WHERE device = ?', device)
  return true
}
