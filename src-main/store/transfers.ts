import type { Database } from './database.ts'
import { nullable, optional, plain } from './rows.ts'
import type { TransferRepository, TransferRow } from './wallet-types.ts'

/** NANOS are text: SQLite's integers end at 2^63, and JavaScript's safe ones at 2^53. */
interface Stored {
  digest: string
  account: number
  kind: TransferRow['kind']
  request_id: string | null
  recipient: string
  nanos: string
  burned: string
  deposit: string
  relay: string
  bytes: Uint8Array
  signature: Uint8Array
  coins: string
  state: TransferRow['state']
  failure: string | null
  at: number
  refused_at: number | null
  payment_id: string | null
  payment_hash: string | null
}

export function transferRepository(database: Database): TransferRepository {
  const add = database.prepare(
    `INSERT INTO transfers (digest, recipient, nanos, burned, deposit, relay, bytes, signature, coins, state, failure, at,
       account, kind, request_id, refused_at, payment_id, payment_hash)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const get = database.prepare<Stored>('SELECT * FROM transfers WHERE digest = ?')
  const setState = database.prepare('UPDATE transfers SET state = ?, failure = ? WHERE digest = ?')
  const setRefused = database.prepare('UPDATE transfers SET refused_at = ? WHERE digest = ?')
  const forRequest = database.prepare<Stored>(
    `SELECT * FROM transfers WHERE request_id = ? AND state <> 'failed' ORDER BY seq DESC LIMIT 1`,
  )
  const forOrder = database.prepare<Stored>('SELECT * FROM transfers WHERE payment_id = ?')
  const pending = database.prepare<Stored>(`SELECT * FROM transfers WHERE state = 'pending' ORDER BY seq`)
  const list = database.prepare<Stored>('SELECT * FROM transfers ORDER BY at DESC, seq DESC LIMIT ?')
  return {
    add: (row) => {
      const amounts = [row.nanos, row.burned, row.deposit, row.relay].map(String)
      const rest = [row.state, nullable(row.failure), row.at, row.account, row.kind] as const
      const ids = [nullable(row.order?.id), nullable(row.order?.hash)] as const
      const last = [nullable(row.requestId), nullable(row.refusedAt), ...ids] as const
      add.run(row.digest, row.to, ...amounts, row.bytes, row.signature, JSON.stringify(row.coins), ...rest, ...last)
    },
    get: (digest) => {
      const stored = get.get(digest)
      return stored && toRow(stored)
    },
    setState: (digest, state, failure) => void setState.run(state, nullable(failure), digest),
    setRefused: (digest, at) => void setRefused.run(at, digest),
    forRequest: (requestId) => forRequest.all(requestId).map(toRow)[0],
    forOrder: (id) => forOrder.all(id).map(toRow)[0],
    pending: () => pending.all().map(toRow),
    list: (limit) => list.all(limit).map(toRow),
  }
}

function toRow(stored: Stored): TransferRow {
  return {
    digest: stored.digest,
    account: stored.account,
    kind: stored.kind,
    requestId: optional(stored.request_id),
    order: orderOf(stored),
    to: stored.recipient,
    nanos: BigInt(stored.nanos),
    burned: BigInt(stored.burned),
    deposit: BigInt(stored.deposit),
    relay: BigInt(stored.relay),
    bytes: plain(stored.bytes),
    signature: plain(stored.signature),
    coins: JSON.parse(stored.coins) as string[],
    state: stored.state,
    failure: optional(stored.failure),
    at: stored.at,
    refusedAt: optional(stored.refused_at),
  }
}

function orderOf({ payment_id: id, payment_hash: hash }: Stored): TransferRow['order'] {
  return id === null || hash === null ? undefined : { id, hash }
}
