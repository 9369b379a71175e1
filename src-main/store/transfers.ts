import type { Database } from './database.ts'
import { nullable, optional, plain } from './rows.ts'
import type { TransferRepository, TransferRow } from './types.ts'

/** NANOS are text: SQLite's integers end at 2^63, and JavaScript's safe ones at 2^53. */
interface Stored {
  digest: string
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
}

export function transferRepository(database: Database): TransferRepository {
  const add = database.prepare(
    `INSERT INTO transfers (digest, recipient, nanos, burned, deposit, relay, bytes, signature, coins, state, failure, at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const get = database.prepare<Stored>('SELECT * FROM transfers WHERE digest = ?')
  const setState = database.prepare('UPDATE transfers SET state = ?, failure = ? WHERE digest = ?')
  const pending = database.prepare<Stored>(`SELECT * FROM transfers WHERE state = 'pending' ORDER BY seq`)
  const list = database.prepare<Stored>('SELECT * FROM transfers ORDER BY at DESC, seq DESC LIMIT ?')
  return {
    add: (row) => {
      const amounts = [row.nanos, row.burned, row.deposit, row.relay].map(String)
      const rest = [row.state, nullable(row.failure), row.at] as const
      add.run(row.digest, row.to, ...amounts, row.bytes, row.signature, JSON.stringify(row.coins), ...rest)
    },
    get: (digest) => {
      const stored = get.get(digest)
      return stored && toRow(stored)
    },
    setState: (digest, state, failure) => void setState.run(state, nullable(failure), digest),
    pending: () => pending.all().map(toRow),
    list: (limit) => list.all(limit).map(toRow),
  }
}

function toRow(stored: Stored): TransferRow {
  return {
    digest: stored.digest,
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
  }
}
