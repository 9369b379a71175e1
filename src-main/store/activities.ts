import type { Database } from './database.ts'
import { flag, nullable, optional } from './rows.ts'
import type { ActivityRepository, ActivityRow } from './wallet-types.ts'

interface Stored {
  account: number
  digest: string
  at: number
  kind: ActivityRow['kind']
  direction: ActivityRow['direction']
  counterparty: string | null
  nanos: string
  burned: string | null
  deposit: string | null
  relay: string | null
  state: ActivityRow['state']
  failure: string | null
  synced: number
  note: string | null
}

const selectFrom = (rows: string) =>
  `SELECT activities.*, note FROM ${rows} LEFT JOIN notes ON notes.digest = activities.digest`
const SELECT = selectFrom('activities')
/** Above every base58 digest, for a page that starts at the newest. */
const LAST = '\u{10ffff}'
/**
 * Each kind is asked for by itself: an index gives the order only within one. Left to itself SQLite takes the index of all
 * kinds, and reads through every record that a stranger left.
 */
export const PAGE_OF_KIND = `${selectFrom('activities INDEXED BY activities_kind')}
  WHERE account = ? AND kind = ? AND (at, activities.digest) < (?, ?) AND at >= ?
  ORDER BY at DESC, activities.digest DESC LIMIT ?`

export function activityRepository(database: Database): ActivityRepository {
  const get = database.prepare<Stored>(`${SELECT} WHERE account = ? AND activities.digest = ?`)
  const has = database.prepare<{ found: number }>('SELECT 1 AS found FROM activities WHERE digest = ? LIMIT 1')
  const page = database.prepare<Stored>(
    `${SELECT} WHERE account = ? AND (at, activities.digest) < (?, ?) AND at >= ?
     ORDER BY at DESC, activities.digest DESC LIMIT ?`,
  )
  const pageOfKind = database.prepare<Stored>(PAGE_OF_KIND)
  const count = database.prepare<{ count: number }>('SELECT count(*) AS count FROM activities WHERE account = ?')
  const setNote = database.prepare('INSERT OR REPLACE INTO notes VALUES (?, ?)')
  const removeNote = database.prepare('DELETE FROM notes WHERE digest = ?')
  return {
    save: saver(database),
    get: (account, digest) => get.all(account, digest).map(toRow)[0],
    has: (digest) => has.get(digest) !== undefined,
    page: (account, limit, { before, from = 0, to = Number.MAX_SAFE_INTEGER, kinds } = {}) => {
      const [at, digest] = before && before.at <= to ? [before.at, before.digest] : [to, LAST]
      if (!kinds) return page.all(account, at, digest, from, limit).map(toRow)
      const pages = [...new Set(kinds)].flatMap((kind) => pageOfKind.all(account, kind, at, digest, from, limit))
      return pages.sort(newestFirst).slice(0, limit).map(toRow)
    },
    count: (account) => count.get(account)?.count ?? 0,
    prune: pruner(database),
    setNote: (digest, note) => void (note === '' ? removeNote.run(digest) : setNote.run(digest, note)),
  }
}

function newestFirst(a: Stored, b: Stored): number {
  if (a.at !== b.at) return b.at - a.at
  return a.digest < b.digest ? 1 : -1
}

function pruner(database: Database): ActivityRepository['prune'] {
  const count = database.prepare<{ count: number }>('SELECT count(*) AS count FROM activities WHERE account = ?')
  const oldest = (of: string) =>
    database.prepare(
      `DELETE FROM activities WHERE account = ? AND digest IN
         (SELECT digest FROM activities WHERE account = ? AND synced = 1 ${of} ORDER BY at, digest LIMIT ?)`,
    )
  const records = oldest(`AND kind = 'signalling' AND direction = 'in'`)
  const any = oldest('')
  return (account, most) => {
    const excess = (count.get(account)?.count ?? 0) - most
    if (excess <= 0) return
    const removed = records.run(account, account, excess)
    if (removed < excess) any.run(account, account, excess - removed)
  }
}

function saver(database: Database): ActivityRepository['save'] {
  const save = database.prepare(
    `INSERT OR REPLACE INTO activities
       (account, digest, at, kind, direction, counterparty, nanos, burned, deposit, relay, state, failure, synced)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  return ({ fee, ...row }) => {
    const what = [row.account, row.digest, row.at, row.kind, row.direction, nullable(row.counterparty)] as const
    const amounts = [row.nanos, fee?.burned, fee?.deposit, fee?.relay].map((nanos) => nullable(nanos?.toString()))
    save.run(...what, ...amounts, row.state, nullable(row.failure), flag(row.synced))
  }
}

function toRow(stored: Stored): ActivityRow {
  const { burned, deposit, relay } = stored
  const known = burned !== null && deposit !== null && relay !== null
  return {
    account: stored.account,
    digest: stored.digest,
    at: stored.at,
    kind: stored.kind,
    direction: stored.direction,
    counterparty: optional(stored.counterparty),
    nanos: BigInt(stored.nanos),
    fee: known ? { burned: BigInt(burned), deposit: BigInt(deposit), relay: BigInt(relay) } : undefined,
    state: stored.state,
    failure: optional(stored.failure),
    synced: stored.synced === 1,
    note: optional(stored.note),
  }
}
