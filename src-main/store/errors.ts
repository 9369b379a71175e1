import { ParleyError } from '../contract/index.ts'

const FULL = /^(SQLITE_FULL|SQLITE_IOERR_(WRITE|FSYNC|DIR_FSYNC|TRUNCATE|SHM\w*)|ENOSPC|EDQUOT)$/
const DAMAGED = /^(SQLITE_CORRUPT|SQLITE_NOTADB|SQLITE_IOERR)/
const TAKEN = /^(SQLITE_BUSY|SQLITE_LOCKED|SQLITE_CONSTRAINT)/

/** What SQLite or the file system said, as the code and sentence that a person can act on. Anything else is passed through. */
export function storageError(thrown: unknown): ParleyError {
  if (thrown instanceof ParleyError) return thrown
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  if (FULL.test(code))
    return new ParleyError('storage_full', 'The disk is full: nothing was saved. Free some space and try again.', {
      cause: thrown,
    })
  if (DAMAGED.test(code))
    return new ParleyError('storage_damaged', 'The database is damaged and was left as it is.', { cause: thrown })
  if (TAKEN.test(code))
    return new ParleyError('conflict', 'The database has this already, or it is in use.', { cause: thrown })
  if (thrown instanceof TypeError && thrown.message.includes('not open'))
    return new ParleyError('locked', 'Parley is locked.', { cause: thrown })
  if (code.startsWith('SQLITE_') || code.startsWith('E'))
    return new ParleyError('internal', 'The database could not be used.', { cause: thrown })
  throw thrown
}
