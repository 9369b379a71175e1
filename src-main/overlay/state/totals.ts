import type { Rows } from './database.ts'

export type Counted = 'mail' | 'accepted' | 'device' | 'owner' | 'allowed' | 'key_package' | 'revocation' | 'log'

/** What is kept of a kind in all: rows, and bytes where it is mail, key packages or group logs. Counted by triggers; see schema.ts. */
export function totalOf(rows: Rows, name: Counted): { count: number; bytes: number } {
  const row = rows.get('SELECT count, bytes FROM total WHERE name = ?', name)
  return { count: Number(row?.['count'] ?? 0), bytes: Number(row?.['bytes'] ?? 0) }
}
