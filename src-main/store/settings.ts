import type { Database } from './database.ts'
import type { SettingsRepository } from './types.ts'

export function settingsRepository(database: Database): SettingsRepository {
  const get = database.prepare<{ value: string }>('SELECT value FROM settings WHERE name = ?')
  const set = database.prepare('INSERT OR REPLACE INTO settings VALUES (?, ?)')
  const remove = database.prepare('DELETE FROM settings WHERE name = ?')
  return {
    get: (name) => {
      const row = get.get(name)
      return row ? (JSON.parse(row.value) as unknown) : undefined
    },
    set: (name, value) => void (value === undefined ? remove.run(name) : set.run(name, JSON.stringify(value))),
  }
}
