import { existsSync, statSync } from 'node:fs'
import type { Clock, Log, Secret } from '../base/index.ts'
import { accountRepository } from './accounts.ts'
import { activityRepository } from './activities.ts'
import { contactRepository } from './contacts.ts'
import { type Database, openDatabase } from './database.ts'
import { groupRepository } from './groups.ts'
import { keyPackageRepository } from './key-packages.ts'
import { messageRepository } from './messages.ts'
import { migrate, schemaVersion } from './migrate.ts'
import { migrations } from './migrations/index.ts'
import { outboxRepository } from './outbox.ts'
import { paymentRequestRepository } from './payment-requests.ts'
import { relayFeeRepository } from './relay-fees.ts'
import { revocationRepository } from './revocations.ts'
import { roomRepository } from './rooms.ts'
import { seenRepository } from './seen.ts'
import { settingsRepository } from './settings.ts'
import { transferRepository } from './transfers.ts'
import type { Store } from './types.ts'

export interface StoreOptions {
  /** Made, with its folder, where it does not exist; readable by its owner only. */
  file: string
  /** 32 bytes. */
  key: Secret
  clock: Clock
  log: Log
}

/**
 * Opens the encrypted database and brings its schema up to date. Throws `storage_damaged` (damage, wrong key, another kind
 * of file), `unsupported_version` (newer schema) and `storage_full`; the file then stays as it was.
 */
export function openStore({ file, key, clock, log }: StoreOptions): Store {
  const started = clock.now()
  if (existsSync(file) && statSync(file).size > 0) refuseNewer(file, key)
  const database = openDatabase(file, key)
  try {
    const steps = migrate(database, migrations)
    log.debug({ steps, ms: clock.now() - started }, 'database open')
    return storeOver(database)
  } catch (error) {
    database.close()
    throw error
  }
}

/** Looks without the right to write: closing a writable connection would move the log into the file. */
function refuseNewer(file: string, key: Secret): void {
  const database = openDatabase(file, key, true)
  try {
    schemaVersion(database, migrations.length)
  } finally {
    database.close()
  }
}

function storeOver(database: Database): Store {
  return {
    transaction: (work) => database.transaction(work),
    contacts: contactRepository(database),
    messages: messageRepository(database),
    outbox: outboxRepository(database),
    seen: seenRepository(database),
    groups: groupRepository(database),
    keyPackages: keyPackageRepository(database),
    transfers: transferRepository(database),
    accounts: accountRepository(database),
    activities: activityRepository(database),
    paymentRequests: paymentRequestRepository(database),
    revocations: revocationRepository(database),
    rooms: roomRepository(database),
    relayFees: relayFeeRepository(database),
    settings: settingsRepository(database),
    close: () => database.close(),
  }
}
