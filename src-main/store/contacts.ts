import type { Database } from './database.ts'
import { flag, nullable, optional, plain } from './rows.ts'
import type { ContactRepository, ContactRow } from './types.ts'

interface Stored {
  address: string
  name: string
  their_name: string | null
  note: string | null
  state: ContactRow['state']
  verified: number
  added_at: number
  request_state: NonNullable<ContactRow['requestState']> | null
  certificate: Uint8Array | null
}

export function contactRepository(database: Database): ContactRepository {
  const get = database.prepare<Stored>('SELECT * FROM contacts WHERE address = ?')
  const list = database.prepare<Stored>('SELECT * FROM contacts ORDER BY added_at, address')
  const save = database.prepare('INSERT OR REPLACE INTO contacts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const remove = database.prepare('DELETE FROM contacts WHERE address = ?')
  return {
    get: (address) => toRow(get.get(address)),
    list: () => list.all().map((stored) => toRow(stored)),
    save: (row) => {
      save.run(
        row.address,
        row.name,
        nullable(row.theirName),
        nullable(row.note),
        row.state,
        flag(row.verified),
        row.addedAt,
        nullable(row.requestState),
        nullable(row.certificate),
      )
    },
    remove: (address) => void remove.run(address),
  }
}

function toRow(stored: Stored): ContactRow
function toRow(stored: Stored | undefined): ContactRow | undefined
function toRow(stored: Stored | undefined): ContactRow | undefined {
  if (!stored) return undefined
  return {
    address: stored.address,
    name: stored.name,
    theirName: optional(stored.their_name),
    note: optional(stored.note),
    state: stored.state,
    verified: stored.verified === 1,
    addedAt: stored.added_at,
    requestState: optional(stored.request_state),
    certificate: stored.certificate ? plain(stored.certificate) : undefined,
  }
}
