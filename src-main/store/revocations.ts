import type { Database } from './database.ts'
import { plain } from './rows.ts'
import type { RevocationRepository, RevocationRow } from './types.ts'

interface Stored {
  address: string
  device: string
  signed: Uint8Array
  label: string
  revoked_at: number
}

export function revocationRepository(database: Database): RevocationRepository {
  const has = database.prepare('SELECT 1 FROM revocations WHERE address = ? AND device = ?')
  const of = database.prepare<Stored>('SELECT * FROM revocations WHERE address = ? ORDER BY revoked_at, device')
  const add = database.prepare('INSERT OR IGNORE INTO revocations VALUES (?, ?, ?, ?, ?)')
  const addresses = database.prepare<{ address: string }>('SELECT DISTINCT address FROM revocations')
  return {
    has: (address, device) => has.get(address, device) !== undefined,
    of: (address) => of.all(address).map(toRow),
    addresses: () => addresses.all().map((row) => row.address),
    add: (row) => add.run(row.address, row.device, row.signed, row.label, row.revokedAt) > 0,
  }
}

function toRow({ revoked_at: revokedAt, signed, ...rest }: Stored): RevocationRow {
  return { ...rest, signed: plain(signed), revokedAt }
}
