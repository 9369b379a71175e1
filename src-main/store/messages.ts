import type { MessageState } from '../contract/index.ts'
import { ParleyError } from '../contract/index.ts'
import type { Database } from './database.ts'
import { flag, nullable, optional } from './rows.ts'
import { searchQuery } from './search.ts'
import type { MessageRepository, MessageRow } from './types.ts'

interface Stored {
  id: string
  chat: string
  author: string
  outgoing: number
  text: string
  clock_time: number
  clock_count: number
  sent_at: number
  received_at: number
  state: MessageState
  failure: string | null
  request_id: string | null
}

const ORDER = '(clock_time, clock_count, author, id)'
const NEWEST = 'ORDER BY clock_time DESC, clock_count DESC, author DESC, id DESC'
const READ = '(read_time, read_count, read_author, read_id)'

/** From which states each state may be reached. */
const reachableFrom: Record<MessageState, readonly MessageState[]> = {
  sending: ['failed'],
  stored: ['sending'],
  delivered: ['sending', 'stored'],
  read: ['sending', 'stored', 'delivered'],
  failed: ['sending', 'stored'],
}

export function messageRepository(database: Database): MessageRepository {
  const byId = database.prepare<Stored>('SELECT * FROM messages WHERE id = ?')
  const last = database.prepare<Stored>(`SELECT * FROM messages WHERE chat = ? ${NEWEST} LIMIT 1`)
  const chats = database.prepare<{ chat: string }>(
    'SELECT chat FROM chats ORDER BY last_time DESC, last_count DESC, chat',
  )
  const unread = database.prepare<{ unread: number }>('SELECT unread FROM chats WHERE chat = ?')
  const clock = database.prepare<{ time: number; count: number }>(
    'SELECT last_time AS time, last_count AS count FROM chats WHERE chat = ?',
  )
  const setState = database.prepare('UPDATE messages SET state = ?, failure = ? WHERE id = ?')
  const outgoingUpTo = database.prepare<{ id: string }>(
    `SELECT id FROM messages WHERE chat = ? AND outgoing = 1 AND state <> 'read' AND ${ORDER} <= (?, ?, ?, ?)
     ORDER BY clock_time, clock_count, author, id`,
  )
  return {
    get: (id) => byId.all(id).map(toRow)[0],
    insert: inserter(database),
    page: pager(database),
    last: (chat) => last.all(chat).map(toRow)[0],
    setState: (id, state, failure) => {
      const stored = byId.get(id)
      if (!stored || !reachableFrom[state].includes(stored.state)) return false
      return setState.run(state, state === 'failed' ? nullable(failure) : null, id) === 1
    },
    outgoingUpTo: (chat, upTo) => {
      const mark = byId.get(upTo)
      if (mark?.chat !== chat) return []
      return outgoingUpTo.all(chat, ...place(mark)).map(({ id }) => id)
    },
    unread: (chat) => unread.get(chat)?.unread ?? 0,
    markRead: reader(database),
    chats: () => chats.all().map(({ chat }) => chat),
    removeChat: remover(database),
    clock: (chat) => clock.get(chat) ?? { time: 0, count: 0 },
    search: searcher(database),
  }
}

/** The chat's row keeps its clock and its number of unread messages, so that neither is counted when asked. */
function inserter(database: Database): MessageRepository['insert'] {
  const insert = database.prepare(
    `INSERT INTO messages (id, chat, author, outgoing, text, clock_time, clock_count, sent_at, received_at, state, failure,
       request_id)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
  )
  const count = database.prepare(
    `INSERT INTO chats (chat, last_time, last_count, unread) VALUES (@chat, @time, @count, @unread) ON CONFLICT (chat) DO UPDATE SET
       unread = unread + (@unread AND (@time, @count, @author, @id) > ${READ}),
       last_count = CASE WHEN (@time, @count) > (last_time, last_count) THEN @count ELSE last_count END,
       last_time = max(last_time, @time)`,
  )
  return (row) =>
    database.transaction(() => {
      const times = [row.clockTime, row.clockCount, row.sentAt, row.receivedAt]
      const added = insert.run(
        ...[row.id, row.chat, row.author, flag(row.outgoing), row.text, ...times, row.state, nullable(row.failure)],
        nullable(row.requestId),
      )
      if (added === 0) return false
      count.run({ ...placeOf(row), chat: row.chat, unread: flag(!row.outgoing) })
      return true
    })
}

function pager(database: Database): MessageRepository['page'] {
  const byId = database.prepare<Stored>('SELECT * FROM messages WHERE id = ?')
  const first = database.prepare<Stored>(`SELECT * FROM messages WHERE chat = ? ${NEWEST} LIMIT ?`)
  const next = database.prepare<Stored>(
    `SELECT * FROM messages WHERE chat = ? AND ${ORDER} < (?, ?, ?, ?) ${NEWEST} LIMIT ?`,
  )
  return (chat, limit, before) => {
    if (before === undefined) return first.all(chat, limit).map(toRow)
    const mark = byId.get(before)
    if (mark?.chat !== chat) throw new ParleyError('not_found', 'There is no such message in this chat.')
    return next.all(chat, ...place(mark), limit).map(toRow)
  }
}

function reader(database: Database): MessageRepository['markRead'] {
  const byId = database.prepare<Stored>('SELECT * FROM messages WHERE id = ?')
  const mark = database.prepare(
    `UPDATE chats SET read_time = @time, read_count = @count, read_author = @author, read_id = @id, unread =
       (SELECT count(*) FROM messages WHERE chat = @chat AND ${ORDER} > (@time, @count, @author, @id) AND outgoing = 0)
     WHERE chat = @chat AND ${READ} < (@time, @count, @author, @id)`,
  )
  return (chat, upTo) => {
    const message = byId.get(upTo)
    return message?.chat === chat && mark.run({ ...placeOf(toRow(message)), chat }) === 1
  }
}

function remover(database: Database): MessageRepository['removeChat'] {
  const messages = database.prepare('DELETE FROM messages WHERE chat = ?')
  const chats = database.prepare('DELETE FROM chats WHERE chat = ?')
  const requests = database.prepare('DELETE FROM payment_requests WHERE chat = ?')
  const answers = database.prepare('DELETE FROM payment_answers WHERE chat = ?')
  return (chat) =>
    database.transaction(() => {
      messages.run(chat)
      chats.run(chat)
      requests.run(chat)
      answers.run(chat)
    })
}

/** Newest arrivals first. */
function searcher(database: Database): MessageRepository['search'] {
  const found = `SELECT messages.* FROM messages_text JOIN messages ON messages.seq = messages_text.rowid
    WHERE messages_text MATCH ?`
  const everywhere = database.prepare<Stored>(`${found} ORDER BY messages_text.rowid DESC LIMIT ?`)
  const inChat = database.prepare<Stored>(`${found} AND chat = ? ORDER BY messages_text.rowid DESC LIMIT ?`)
  return (query, chat, limit) => {
    const match = searchQuery(query)
    if (match === undefined) return []
    return (chat === undefined ? everywhere.all(match, limit) : inChat.all(match, chat, limit)).map(toRow)
  }
}

function place(stored: Stored): [number, number, string, string] {
  return [stored.clock_time, stored.clock_count, stored.author, stored.id]
}

function placeOf(row: MessageRow) {
  return { time: row.clockTime, count: row.clockCount, author: row.author, id: row.id }
}

function toRow(stored: Stored): MessageRow {
  return {
    id: stored.id,
    chat: stored.chat,
    author: stored.author,
    outgoing: stored.outgoing === 1,
    text: stored.text,
    clockTime: stored.clock_time,
    clockCount: stored.clock_count,
    sentAt: stored.sent_at,
    receivedAt: stored.received_at,
    state: stored.state,
    failure: optional(stored.failure),
    ...(stored.request_id === null ? {} : { requestId: stored.request_id }),
  }
}
