import type { Database } from './database.ts'
import { flag, plain } from './rows.ts'
import type { GroupRepository, GroupRow, GroupUpdateRow } from './types.ts'

interface Stored {
  group_id: Uint8Array
  chat: string
  creator: string
  state: Uint8Array
  active: number
  created_at: number
  messages_since_update: number
  updated_at: number
  log_id: Uint8Array | null
  log_next: number
  log_last: Uint8Array | null
  generation: number
}
interface StoredUpdate {
  group_id: Uint8Array
  entry: Uint8Array
  next: Uint8Array
  created_at: number
  failures: number
}

export function groupRepository(database: Database): GroupRepository {
  const get = database.prepare<Stored>('SELECT * FROM groups WHERE group_id = ?')
  const active = database.prepare<Stored>('SELECT * FROM groups WHERE chat = ? AND active = 1')
  const list = database.prepare<Stored>('SELECT * FROM groups WHERE chat = ? ORDER BY created_at, rowid')
  const save = database.prepare(
    `INSERT INTO groups VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (group_id) DO UPDATE SET chat = excluded.chat,
     creator = excluded.creator, state = excluded.state, active = excluded.active, created_at = excluded.created_at,
     messages_since_update = excluded.messages_since_update, updated_at = excluded.updated_at,
     log_id = excluded.log_id, log_next = excluded.log_next, log_last = excluded.log_last, generation = excluded.generation`,
  )
  const saveState = database.prepare('UPDATE groups SET state = ? WHERE group_id = ?')
  const setActive = database.prepare(
    'UPDATE groups SET active = 1 - active WHERE chat = ? AND active <> (group_id = ?)',
  )
  const remove = database.prepare('DELETE FROM groups WHERE group_id = ?')
  const update = database.prepare<StoredUpdate>('SELECT * FROM group_updates WHERE group_id = ?')
  const saveUpdate = database.prepare('INSERT OR REPLACE INTO group_updates VALUES (?, ?, ?, ?, ?)')
  const removeUpdate = database.prepare('DELETE FROM group_updates WHERE group_id = ?')
  return {
    get: (groupId) => one(get.get(groupId)),
    active: (chat) => one(active.get(chat)),
    list: (chat) => list.all(chat).map(toRow),
    save: (row) =>
      database.transaction(() => {
        // Only rows that change: a state is up to 40 kB, and writing a row writes it whole.
        if (row.active) setActive.run(row.chat, row.groupId)
        save.run(
          row.groupId,
          row.chat,
          row.creator,
          row.state,
          flag(row.active),
          row.createdAt,
          row.messagesSinceUpdate,
          row.updatedAt,
          row.log?.id ?? null,
          row.log?.next ?? 0,
          row.log?.last ?? null,
          row.generation,
        )
      }),
    saveState: (groupId, state) => void saveState.run(state, groupId),
    setActive: (chat, groupId) => void setActive.run(chat, groupId),
    remove: (groupId) => void remove.run(groupId),
    update: (groupId) => toUpdate(update.get(groupId)),
    saveUpdate: (row) => void saveUpdate.run(row.groupId, row.entry, row.next, row.createdAt, row.failures),
    removeUpdate: (groupId) => void removeUpdate.run(groupId),
  }
}

function one(stored: Stored | undefined): GroupRow | undefined {
  return stored && toRow(stored)
}

function toRow(stored: Stored): GroupRow {
  return {
    groupId: plain(stored.group_id),
    chat: stored.chat,
    creator: stored.creator,
    state: plain(stored.state),
    active: stored.active === 1,
    createdAt: stored.created_at,
    messagesSinceUpdate: stored.messages_since_update,
    updatedAt: stored.updated_at,
    generation: stored.generation,
    log: stored.log_id
      ? { id: plain(stored.log_id), next: stored.log_next, last: stored.log_last ? plain(stored.log_last) : undefined }
      : undefined,
  }
}

function toUpdate(stored: StoredUpdate | undefined): GroupUpdateRow | undefined {
  if (!stored) return undefined
  const { created_at: createdAt, failures } = stored
  return {
    groupId: plain(stored.group_id),
    entry: plain(stored.entry),
    next: plain(stored.next),
    createdAt,
    failures,
  }
}
