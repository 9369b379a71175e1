import type { Database } from './database.ts'
import { flag, nullable, optional } from './rows.ts'
import type { PaymentAnswerRow, PaymentRequestRepository, PaymentRequestRow } from './wallet-types.ts'

interface Stored {
  request_id: string
  chat: string
  message_id: string
  mine: number
  nanos: string
  note: string
  state: PaymentRequestRow['state']
  digest: string | null
  created_at: number
}

interface StoredAnswer {
  chat: string
  request_id: string
  author: string
  answer: PaymentAnswerRow['answer']
  digest: string
  at: number
}

export function paymentRequestRepository(database: Database): PaymentRequestRepository {
  const get = database.prepare<Stored>('SELECT * FROM payment_requests WHERE request_id = ?')
  const add = database.prepare(
    `INSERT INTO payment_requests (request_id, chat, message_id, mine, nanos, note, state, digest, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (request_id) DO NOTHING`,
  )
  const setState = database.prepare('UPDATE payment_requests SET state = ?, digest = ? WHERE request_id = ?')
  const byDigest = database.prepare<Stored>('SELECT * FROM payment_requests WHERE digest = ?')
  const paying = database.prepare<Stored>(`SELECT * FROM payment_requests WHERE state = 'paying' ORDER BY created_at`)
  const asking = database.prepare<Stored>(
    `SELECT * FROM payment_requests WHERE state = 'open' AND mine = 1 AND nanos = ? ORDER BY created_at LIMIT ?`,
  )
  return {
    get: (requestId) => get.all(requestId).map(toRow)[0],
    add: (row) => {
      const what = [row.requestId, row.chat, row.messageId, flag(row.mine), row.nanos.toString(), row.note] as const
      return add.run(...what, row.state, nullable(row.digest), row.createdAt) === 1
    },
    setState: (requestId, state, digest) => void setState.run(state, nullable(digest), requestId),
    byDigest: (digest) => byDigest.all(digest).map(toRow)[0],
    asking: (nanos, limit) => asking.all(nanos.toString(), limit).map(toRow),
    paying: () => paying.all().map(toRow),
    ...answerRepository(database),
  }
}

type Answers = 'addAnswer' | 'answers' | 'claims' | 'removeClaim' | 'countAnswers'

function answerRepository(database: Database): Pick<PaymentRequestRepository, Answers> {
  const add = database.prepare(
    `INSERT INTO payment_answers (chat, request_id, author, answer, digest, at) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (chat, request_id, author, answer, digest) DO NOTHING`,
  )
  const list = database.prepare<StoredAnswer>(
    'SELECT * FROM payment_answers WHERE chat = ? AND request_id = ? ORDER BY seq',
  )
  const claims = database.prepare<StoredAnswer>(
    `SELECT payment_answers.* FROM payment_answers JOIN payment_requests USING (chat, request_id)
     WHERE mine = 1 AND answer = 'paid' ORDER BY seq LIMIT ?`,
  )
  const remove = database.prepare(
    `DELETE FROM payment_answers WHERE chat = ? AND request_id = ? AND answer = 'paid' AND digest = ?`,
  )
  const count = database.prepare<{ count: number }>('SELECT count(*) AS count FROM payment_answers WHERE chat = ?')
  return {
    addAnswer: ({ chat, requestId, author, answer, digest, at }) =>
      add.run(chat, requestId, author, answer, digest ?? '', at) === 1,
    answers: (chat, requestId) => list.all(chat, requestId).map(toAnswer),
    claims: (limit) => claims.all(limit).map(toAnswer),
    removeClaim: ({ chat, requestId, digest }) => void remove.run(chat, requestId, digest ?? ''),
    countAnswers: (chat) => count.get(chat)?.count ?? 0,
  }
}

function toRow(stored: Stored): PaymentRequestRow {
  return {
    requestId: stored.request_id,
    chat: stored.chat,
    messageId: stored.message_id,
    mine: stored.mine === 1,
    nanos: BigInt(stored.nanos),
    note: stored.note,
    state: stored.state,
    digest: optional(stored.digest),
    createdAt: stored.created_at,
  }
}

function toAnswer({ request_id: requestId, digest, ...stored }: StoredAnswer): PaymentAnswerRow {
  const { chat, author, answer, at } = stored
  return { requestId, chat, author, answer, digest: digest === '' ? undefined : digest, at }
}
