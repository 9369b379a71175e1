import { ParleyError } from '../../contract/index.ts'
import type { Writer } from './database.ts'
import type { Row } from './sqlite.ts'
import type { StateLimits } from './merge.ts'
import { type Counted, totalOf } from './totals.ts'

/** Rows that are looked at for one that can go: what makes room must cost about as much as what needs it. */
const OLDEST = 256
/** Devices with mail are never given up; where no other is among the oldest, so many times the bound are kept before one is refused. */
const OVERFLOW = 2
/** Lists of who may write, or stocks, that give way to one that is new. */
const MOST_STEPS = 16

/**
 * Makes room for a device that is new here: the one that was not seen for longest goes, first of those whose address never
 * said who may write, never one for which mail waits. Throws `storage_full` where there is none and far too many are kept.
 */
export function makeRoomForDevice(database: Writer, { kept }: StateLimits): void {
  const { count } = totalOf(database, 'device')
  if (count < kept.devices) return
  // Those who were here last stay, also where all others have mail: it may be strangers who wrote to each other.
  const oldest = Math.min(OLDEST, Math.ceil(kept.devices / 2))
  const row = database.get(
    `SELECT address, id FROM (SELECT address, id, seen_at FROM device ORDER BY seen_at LIMIT ?) AS old
       WHERE NOT EXISTS (SELECT 1 FROM quota WHERE quota.address = old.address AND quota.device = old.id)
       ORDER BY EXISTS (SELECT 1 FROM owner WHERE owner.address = old.address), seen_at LIMIT 1`,
    oldest,
  )
  if (row) giveUpDevice(database, row)
  else if (count >= OVERFLOW * kept.devices)
    throw new ParleyError('storage_full', 'This node has no room for more devices.', { retryAfter: 60_000 })
}

/** Forgets a device, and who may write to its address where it was the last. */
export function giveUpDevice(database: Writer, row: Row): void {
  dropDevice(database, row)
  const address = String(row['address'])
  if (!database.get('SELECT 1 FROM device WHERE address = ?', address)) dropList(database, address)
}

/** Forgets a device, and its key packages where no other address names it. */
export function dropDevice(database: Writer, row: Row): void {
  const [address, id] = [String(row['address']), String(row['id'])]
  database.run('DELETE FROM device WHERE address = ? AND id = ?', address, id)
  if (!database.get('SELECT 1 FROM device WHERE id = ?', id))
    database.run('DELETE FROM key_package WHERE device = ?', id)
}

/** After a list of who may write: those of addresses that were not seen for longest go, never the one of `address`. */
export function makeRoomForList(database: Writer, address: string, { kept }: StateLimits): void {
  for (let step = 0; step < MOST_STEPS; step++) {
    const isFull =
      totalOf(database, 'allowed').count > kept.contacts || totalOf(database, 'owner').count > OVERFLOW * kept.devices
    const row = isFull && leastSeen(database, 'owner', address)
    if (!row) return
    dropList(database, String(row['address']))
  }
}

function dropList(database: Writer, address: string): void {
  database.run('DELETE FROM owner WHERE address = ?', address)
  database.run('DELETE FROM allowed WHERE owner = ?', address)
}

/** Before a revocation that is new: one of an address that was not seen for longest goes. Its devices tell it again when they link. */
export function makeRoomForRevocation(database: Writer, address: string, { kept }: StateLimits): void {
  if (totalOf(database, 'revocation').count < kept.revocations) return
  const row = leastSeen(database, 'revocation', address)
  if (row) database.run('DELETE FROM revocation WHERE seq = ?', Number(row['seq']))
}

/** Of the rows that changed longest ago the one whose address was not seen for longest, or has no device here. */
function leastSeen(database: Writer, table: Extract<Counted, 'owner' | 'revocation'>, except: string): Row | undefined {
  return database.get(
    `SELECT address, seq FROM (SELECT address, seq FROM ${table} WHERE address <> ? ORDER BY seq LIMIT ${OLDEST}) AS old
       ORDER BY (SELECT coalesce(max(seen_at), -1) FROM device WHERE device.address = old.address), seq LIMIT 1`,
    except,
  )
}

/** After key packages: the largest stocks lose their older half. */
export function makeRoomForKeyPackages(database: Writer, { kept }: StateLimits): void {
  for (let step = 0; step < MOST_STEPS && totalOf(database, 'key_package').bytes > kept.keyPackageBytes; step++) {
    const largest = database.get('SELECT device, count FROM stock ORDER BY bytes DESC, device LIMIT 1')
    if (!largest) return
    database.run(
      'DELETE FROM key_package WHERE id IN (SELECT id FROM key_package WHERE device = ? ORDER BY id LIMIT ?)',
      String(largest['device']),
      Math.ceil(Number(largest['count']) / 2),
    )
  }
}

/** Before an acceptance: the one that would be forgotten next goes. That lets a late copy in, which its device drops. */
export function makeRoomForAccepted(database: Writer, { kept }: StateLimits): void {
  if (totalOf(database, 'accepted').count < kept.accepted) return
  database.run('DELETE FROM accepted WHERE seq = (SELECT seq FROM accepted ORDER BY expires_at, seq LIMIT 1)')
}
