import { toHex } from '../../../base/index.ts'
import { key } from './codec.ts'
import type { LedgerDatabase } from './database.ts'

/** An object version that no transaction can use before the epoch turns. */
export interface LockedVersion {
  id: string
  version: bigint
}

export function addLocks(database: LedgerDatabase, locked: readonly LockedVersion[]): void {
  database.write((run) => {
    for (const { id, version } of locked) run('INSERT OR IGNORE INTO locked VALUES (?, ?)', key(id), version)
  })
}

export function readLocks(database: LedgerDatabase): LockedVersion[] {
  return database.all('SELECT id, version FROM locked').map((row) => ({
    id: `0x${toHex(row['id'] as Uint8Array)}`,
    version: BigInt(row['version'] as number),
  }))
}
