import { ParleyError } from '../contract/index.ts'
import type { Database } from './database.ts'

/** The version of the schema in the file; 0 for a new file. Throws `unsupported_version` above `known`. */
export function schemaVersion(database: Database, known: number): number {
  const version = Number(database.pragma('user_version'))
  if (version > known)
    throw new ParleyError('unsupported_version', 'This profile was used with a newer Parley. Update Parley to open it.')
  return version
}

/** Brings the file to the newest schema, each step in a transaction of its own. Answers how many steps ran. */
export function migrate(database: Database, migrations: readonly string[]): number {
  const from = schemaVersion(database, migrations.length)
  migrations.slice(from).forEach((sql, index) => {
    database.transaction(() => {
      database.exec(sql)
      database.pragma(`user_version=${from + index + 1}`)
    })
  })
  return migrations.length - from
}
