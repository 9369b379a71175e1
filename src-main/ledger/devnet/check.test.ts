import { beforeAll, expect, test } from 'vitest'
import { newPerson } from '../testing/index.ts'
import { verifyChain } from './check.ts'
import { createMoveMachine } from './move/index.ts'
import { publishParley, register, run, testNode } from './testing/index.ts'

const made = testNode()
const { node, rich, database } = made
/** Locks follow from rivals that never became part of the chain. */
const tables = database
  .all("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'locked'")
  .map(({ name }) => String(name))

/** Transfers, a package, calls with events, and the turn of an epoch. */
beforeAll(async () => {
  const alice = newPerson()
  await run(node, rich, (transaction) => {
    const coins = transaction.splitCoins(transaction.gas, [50_000_000_000])
    transaction.transferObjects([coins[0] ?? ''], alice.address)
  })
  const packageId = await publishParley(node, alice)
  await node.turnEpoch()
  await register(node, alice, packageId)
})

function write(sql: string): void {
  database.write((execute) => execute(sql))
}

const verified = () => verifyChain(made.terms, database, createMoveMachine())

/** For each column the last row with another value, and a row less. */
function changesOf(table: string): string[] {
  const columns = database.all(`PRAGMA table_info(${table})`)
  const keys = columns.flatMap(({ pk, name }) => (pk === 0 ? [] : [String(name)])).join(', ')
  const last = `(${keys}) = (SELECT ${keys} FROM ${table} ORDER BY ${keys} DESC LIMIT 1)`
  const updates = columns.map(
    ({ name, type }) => `UPDATE ${table} SET ${name} = ${otherValue(String(name), String(type))} WHERE ${last}`,
  )
  return [...updates, `DELETE FROM ${table} WHERE ${last}`]
}

function otherValue(name: string, type: string): string {
  if (type === 'INTEGER') return `coalesce(${name}, 0) + 1000`
  if (type === 'TEXT') return `coalesce(${name}, '') || ' '`
  // Another last byte.
  return `CAST(substr(${name}, 1, length(${name}) - 1) || x'a5' AS BLOB)`
}

test.each(tables)('a change of any column of %s, or a row less, is found by the verification', async (table) => {
  expect(database.all(`SELECT * FROM ${table}`).length).toBeGreaterThan(0)
  write(`DROP TABLE IF EXISTS temp.whole`)
  write(`CREATE TEMP TABLE whole AS SELECT * FROM ${table}`)
  for (const sql of changesOf(table)) {
    write(sql)
    expect(database.all(`SELECT * FROM ${table} EXCEPT SELECT * FROM whole`).length, sql).toBe(
      sql.startsWith('DELETE') ? 0 : 1,
    )
    await expect(verified(), sql).rejects.toMatchObject({ code: 'storage_damaged' })
    write(`DELETE FROM ${table}`)
    write(`INSERT INTO ${table} SELECT * FROM whole`)
  }
  expect((await verified()).transactions).toBe(3)
})
