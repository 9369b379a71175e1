import type { Database } from './database.ts'
import { optional } from './rows.ts'
import type { AccountRepository, AccountRow } from './wallet-types.ts'

interface Stored {
  number: number
  address: string
  name: string
  balance: string | null
  balance_at: number | null
  gaps: string
}

export function accountRepository(database: Database): AccountRepository {
  const list = database.prepare<Stored>('SELECT * FROM accounts ORDER BY number')
  const get = database.prepare<Stored>('SELECT * FROM accounts WHERE number = ?')
  const add = database.prepare('INSERT INTO accounts (number, address, name) VALUES (?, ?, ?)')
  const rename = database.prepare('UPDATE accounts SET name = ? WHERE number = ?')
  const setBalance = database.prepare('UPDATE accounts SET balance = ?, balance_at = ? WHERE number = ?')
  const setGaps = database.prepare('UPDATE accounts SET gaps = ? WHERE number = ?')
  return {
    list: () => list.all().map(toRow),
    get: (index) => get.all(index).map(toRow)[0],
    add: ({ index, address, name }) => void add.run(index, address, name),
    rename: (index, name) => void rename.run(name, index),
    setBalance: (index, nanos, at) => void setBalance.run(nanos.toString(), at, index),
    setGaps: (index, gaps) => void setGaps.run(JSON.stringify(gaps), index),
  }
}

function toRow(stored: Stored): AccountRow {
  return {
    index: stored.number,
    address: stored.address,
    name: stored.name,
    balance: stored.balance === null ? undefined : BigInt(stored.balance),
    balanceAt: optional(stored.balance_at),
    gaps: JSON.parse(stored.gaps) as string[],
  }
}
