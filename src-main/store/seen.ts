import type { Database } from './database.ts'
import type { SeenRepository } from './types.ts'

export function seenRepository(database: Database): SeenRepository {
  const has = database.prepare<{ id: string }>('SELECT id FROM seen WHERE id = ?')
  const add = database.prepare('INSERT OR IGNORE INTO seen VALUES (?, ?)')
  const prune = database.prepare('DELETE FROM seen WHERE at < ?')
  return {
    has: (id) => has.get(id) !== undefined,
    add: (id, at) => void add.run(id, at),
    prune: (before) => prune.run(before),
  }
}
