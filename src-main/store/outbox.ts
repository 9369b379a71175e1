import type { Database, SqlValue } from './database.ts'
import { nullable, optional, plain } from './rows.ts'
import type { OutboxRepository, OutboxRow } from './types.ts'

interface Stored {
  id: string
  kind: OutboxRow['kind']
  address: string
  device: string
  envelope: Uint8Array
  event: Uint8Array | null
  message_id: string | null
  group_id: Uint8Array | null
  state: OutboxRow['state']
  attempts: number
  next_attempt_at: number
  created_at: number
  expires_at: number
}
type Change = Parameters<OutboxRepository['update']>[1]

const changeable = [
  ['device', 'device'],
  ['envelope', 'envelope'],
  ['groupId', 'group_id'],
  ['state', 'state'],
  ['attempts', 'attempts'],
  ['nextAttemptAt', 'next_attempt_at'],
] as const satisfies [keyof Change, keyof Stored][]

export function outboxRepository(database: Database): OutboxRepository {
  const add = database.prepare(
    `INSERT INTO outbox (id, kind, address, device, envelope, event, message_id, group_id, state, attempts,
       next_attempt_at, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const select = (rest: string) => database.prepare<Stored>(`SELECT * FROM outbox ${rest}`)
  const get = select('WHERE id = ?')
  const due = select('WHERE next_attempt_at <= ? ORDER BY seq LIMIT ?')
  const forAddress = select('WHERE address = ? ORDER BY seq')
  const byMessage = select('WHERE message_id = ? ORDER BY seq')
  const nextAt = database.prepare<{ at: number | null }>('SELECT min(next_attempt_at) AS at FROM outbox')
  const count = database.prepare<{ count: number }>('SELECT count(*) AS count FROM outbox')
  const remove = database.prepare('DELETE FROM outbox WHERE id = ?')
  const removeByMessage = database.prepare('DELETE FROM outbox WHERE message_id = ?')
  const removeFor = database.prepare('DELETE FROM outbox WHERE address = ?')
  return {
    add: (row) => void add.run(...toValues(row)),
    get: (id) => get.all(id).map(toRow)[0],
    update: (id, change) => update(database, id, change),
    remove: (id) => void remove.run(id),
    removeByMessage: (messageId) => void removeByMessage.run(messageId),
    removeFor: (address) => void removeFor.run(address),
    due: (now, limit) => due.all(now, limit).map(toRow),
    forAddress: (address) => forAddress.all(address).map(toRow),
    byMessage: (messageId) => byMessage.all(messageId).map(toRow),
    nextAt: () => optional(nextAt.get()?.at ?? null),
    count: () => count.get()?.count ?? 0,
  }
}

/** Writes only what changes: an envelope is up to 64 KiB and an attempt count is not. */
function update(database: Database, id: string, change: Change): void {
  const columns = changeable.filter(([name]) => name in change)
  if (columns.length === 0) return
  const sql = `UPDATE outbox SET ${columns.map(([, column]) => `${column} = ?`).join(', ')} WHERE id = ?`
  database.prepare(sql).run(...columns.map(([name]) => nullable(change[name])), id)
}

function toValues(row: OutboxRow): SqlValue[] {
  return [
    row.id,
    row.kind,
    row.address,
    row.device,
    row.envelope,
    nullable(row.event),
    nullable(row.messageId),
    nullable(row.groupId),
    row.state,
    row.attempts,
    row.nextAttemptAt,
    row.createdAt,
    row.expiresAt,
  ]
}

function toRow(stored: Stored): OutboxRow {
  return {
    id: stored.id,
    kind: stored.kind,
    address: stored.address,
    device: stored.device,
    envelope: plain(stored.envelope),
    event: stored.event ? plain(stored.event) : undefined,
    messageId: optional(stored.message_id),
    groupId: stored.group_id ? plain(stored.group_id) : undefined,
    state: stored.state,
    attempts: stored.attempts,
    nextAttemptAt: stored.next_attempt_at,
    createdAt: stored.created_at,
    expiresAt: stored.expires_at,
  }
}
