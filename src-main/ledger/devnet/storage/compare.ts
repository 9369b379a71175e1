import { isDeepStrictEqual } from 'node:util'
import { damaged, decode } from './codec.ts'
import type { LedgerDatabase, Row } from './database.ts'

/** Which versions are locked follows from rivals that never became part of the chain: nothing makes it again. */
const NOT_MADE_AGAIN = 'locked'
/** Serialised values: equal ones may be different bytes. */
const SERIALISED = new Set(['object.value', 'checkpoint.execution'])

/** Compares the schema and every row of two databases, one by one. Throws `storage_damaged` at the first difference. */
export function compareDatabases(made: LedgerDatabase, kept: LedgerDatabase): void {
  const schema = 'SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name'
  if (!isDeepStrictEqual(made.all(schema), kept.all(schema))) throw damaged('The local ledger has other tables.')
  for (const { name } of made.all(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`))
    if (name !== NOT_MADE_AGAIN) compareTable(made, kept, String(name))
}

function compareTable(made: LedgerDatabase, kept: LedgerDatabase, table: string): void {
  const keys = made.all(`SELECT name FROM pragma_table_info('${table}') WHERE pk > 0 ORDER BY pk`)
  const sql = `SELECT * FROM ${table} ORDER BY ${keys.map(({ name }) => String(name)).join(', ')}`
  const others = kept.each(sql)
  try {
    for (const row of made.each(sql)) {
      const other = others.next()
      if (other.done === true) throw damaged(`The table ${table} of the local ledger lacks a row.`)
      compareRow(table, row, other.value)
    }
    if (others.next().done !== true) throw damaged(`The table ${table} of the local ledger has a row too many.`)
  } finally {
    // A statement that is not read to its end keeps its table locked.
    others.return(undefined)
  }
}

function compareRow(table: string, made: Row, kept: Row): void {
  for (const [column, value] of Object.entries(made)) {
    const other = kept[column]
    if (isDeepStrictEqual(value, other)) continue
    const isSame = SERIALISED.has(`${table}.${column}`) && isDeepStrictEqual(valueOf(value), valueOf(other))
    if (!isSame)
      throw damaged(`In the table ${table} of the local ledger, ${column} differs when the chain is executed again.`)
  }
}

function valueOf(bytes: unknown): unknown {
  return bytes === null ? null : decode(bytes)
}
