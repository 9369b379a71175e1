import type { Database } from './database.ts'
import { flag, plain } from './rows.ts'
import type { KeyPackageRepository, KeyPackageRow } from './types.ts'

interface Stored {
  id: string
  public_bytes: Uint8Array
  private_bytes: Uint8Array
  last_resort: number
  created_at: number
}

export function keyPackageRepository(database: Database): KeyPackageRepository {
  const add = database.prepare('INSERT OR REPLACE INTO key_packages VALUES (?, ?, ?, ?, ?)')
  const get = database.prepare<Stored>('SELECT * FROM key_packages WHERE id = ?')
  const lastResort = database.prepare<Stored>(
    'SELECT * FROM key_packages WHERE last_resort = 1 ORDER BY created_at DESC, rowid DESC LIMIT 1',
  )
  const unused = database.prepare<Stored>('SELECT * FROM key_packages WHERE last_resort = 0 ORDER BY created_at, rowid')
  const remove = database.prepare('DELETE FROM key_packages WHERE id = ?')
  return {
    add: (rows) =>
      database.transaction(() => {
        for (const row of rows) add.run(row.id, row.publicBytes, row.privateBytes, flag(row.lastResort), row.createdAt)
      }),
    find: (ids) => ids.flatMap((id) => get.get(id) ?? []).map(toRow),
    lastResort: () => {
      const stored = lastResort.get()
      return stored && toRow(stored)
    },
    unused: () => unused.all().map(toRow),
    remove: (id) => void remove.run(id),
  }
}

function toRow(stored: Stored): KeyPackageRow {
  return {
    id: stored.id,
    publicBytes: plain(stored.public_bytes),
    privateBytes: plain(stored.private_bytes),
    lastResort: stored.last_resort === 1,
    createdAt: stored.created_at,
  }
}
