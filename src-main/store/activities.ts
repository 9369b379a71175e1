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

const SELECT = 'SELECT activities.*, note FROM activities LEFT JOIN notes ON notes.digest = activities.digest'
/** Above every base58 digest, for a page that starts at the newest. */
const LAST = '\u{10ffff}'

export function activityRepository(database: Database): ActivityRepository {
  const get = database.prepare<Stored>(`${SELECT} WHERE account = ? AND activities.digest = ?`)
  const has = database.prepare<{ found: number }>('SELECT 1 AS found FROM activities WHERE digest = ? LIMIT 1')
  const page = database.prepare<Stored>(
    `${SELECT} WHERE account = ? AND (at, activities.digest) < (?, ?) AND at >= ?
     ORDER BY at DESC, activities.digest DESC LIMIT ?`,
  )
  const count = database.prepare<{ count: number }>('SELECT count(*) AS count FROM activities WHERE account = ?')
  const prune = database.prepare(
    `DELETE FROM activities WHERE synced = 1 AND account = @account AND (at, digest) <=
       (SELECT at, digest FROM activities WHERE account = @account ORDER BY at DESC, digest DESC LIMIT 1 OFFSET @most)`,
  )
  const setNote = database.prepare('INSERT OR REPLACE INTO notes VALUES (?, ?)')
  const removeNote = database.prepare('DELETE FROM notes WHERE digest = ?')
  return {
    save: saver(database),
    get: (account, digest) => get.all(account, digest).map(toRow)[0],
    has: (digest) => has.get(digest) !== undefined,
    page: (account, limit, { before, from = 0, to = Number.MAX_SAFE_INTEGER } = {}) => {
      const [at, digest] = before && before.at <= to ? [before.at, before.digest] : [to, LAST]
      return page.all(account, at, digest, from, limit).map(toRow)
    },
    count: (account) => count.get(account)?.count ?? 0,
    prune: (account, most) => void prune.run({ account, most }),
    setNote: (digest, note) => void (note === '' ? removeNote.run(digest) : setNote.run(digest, note)),
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
