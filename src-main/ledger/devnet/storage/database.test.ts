import { appendFile, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { newPerson, startLedger } from '../../testing/index.ts'
import { verifyDevnet } from '../index.ts'
import { DATABASE_NAME, LedgerDatabase, lockFolder } from './index.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-ledger-'))
  path = join(folder, DATABASE_NAME)
})
afterEach(() => rm(folder, { recursive: true }))

const ADD = 'INSERT INTO locked VALUES (?, ?)'

describe('the database', () => {
  test('commits what one turn of the event loop wrote together, and shows it at once', async () => {
    const database = new LedgerDatabase(path)
    for (let version = 0; version < 100; version++) database.write((add) => add(ADD, new Uint8Array(32), version))
    expect(database.all('SELECT * FROM locked')).toHaveLength(100)
    const other = new DatabaseSync(path, { readOnly: true })
    const count = () => other.prepare('SELECT count(*) AS n FROM locked').get()?.['n']
    expect(count()).toBe(0)
    await database.durable()
    expect(count()).toBe(100)
    other.close()
    await database.close()
  })

  test('answers nothing any more after a write that failed, and keeps what was durable', async () => {
    const database = new LedgerDatabase(path)
    database.write((add) => add(ADD, new Uint8Array(32), 1))
    await database.durable()
    database.write((add) => add(ADD, new Uint8Array(32), 2))
    const waiting = database.durable()
    const failure = { code: 'storage_full' }
    // The same key again stands for any statement that the disk refuses.
    expect(() => database.write((add) => add(ADD, new Uint8Array(32), 1))).toThrow(expect.objectContaining(failure))
    await expect(waiting).rejects.toMatchObject(failure)
    await expect(database.durable()).rejects.toMatchObject(failure)
    expect(() => database.all('SELECT * FROM locked')).toThrow(expect.objectContaining(failure))
    expect(() => database.write(() => undefined)).toThrow(expect.objectContaining(failure))
    await database.close()
    const again = new LedgerDatabase(path)
    expect(again.all('SELECT version FROM locked')).toEqual([{ version: 1 }])
    await again.close()
  })

  test('of another version, or that is none, is refused and not touched', async () => {
    await writeFile(path, 'no database at all, but long enough to be taken for the header of one'.repeat(20))
    expect(() => new LedgerDatabase(path)).toThrow(expect.objectContaining({ code: 'storage_damaged' }))
    expect((await readFile(path, 'utf8')).startsWith('no database')).toBe(true)
    await rm(path)
    const newer = new DatabaseSync(path)
    newer.exec('PRAGMA user_version = 99')
    newer.close()
    expect(() => new LedgerDatabase(path)).toThrow(expect.objectContaining({ code: 'unsupported_version' }))
  })
})

describe('a data folder', () => {
  /** A ledger with a few transactions, stopped again. */
  async function filled(): Promise<void> {
    const { ledger, stop } = await startLedger({ dataDir: folder })
    const alice = newPerson()
    await ledger.faucet(alice.address)
    for (let nanos = 1n; nanos < 4n; nanos++) {
      const transfer = await ledger.prepareTransfer({ from: alice.address, to: newPerson().address, nanos })
      await alice.submit(ledger, transfer)
    }
    await stop()
  }

  function change(sql: string): void {
    const database = new DatabaseSync(path)
    database.exec(sql)
    database.close()
  }

  test('is verified by executing everything again, while nothing runs on it', async () => {
    await expect(verifyDevnet(folder)).rejects.toMatchObject({ code: 'not_found' })
    await filled()
    expect(await verifyDevnet(folder)).toMatchObject({ transactions: 4, checkpoints: 5 })
    const { stop } = await startLedger({ dataDir: folder })
    await expect(verifyDevnet(folder)).rejects.toMatchObject({ code: 'conflict' })
    await stop()
    expect(await verifyDevnet(folder)).toMatchObject({ transactions: 4 })
  })

  const damages: [string, string][] = [
    ['a checkpoint less', 'DELETE FROM checkpoint WHERE number = 2'],
    [
      'other effects',
      'UPDATE checkpoint SET execution = (SELECT execution FROM checkpoint WHERE number = 3) WHERE number = 2',
    ],
    ['another time', 'UPDATE checkpoint SET time = time + 1 WHERE number = 2'],
    ['an object less', 'DELETE FROM object WHERE id IN (SELECT id FROM object_index LIMIT 1)'],
    [
      'objects exchanged',
      'UPDATE object SET value = (SELECT value FROM object AS other WHERE other.id > object.id LIMIT 1) WHERE id = (SELECT min(id) FROM object)',
    ],
    ['records of another kind', "UPDATE object SET value = x'ff0f6f22016149027b01'"],
    ['other sums', "UPDATE gas_sum SET burned = burned || '0' WHERE number = 3"],
    ['a sum that is none', "UPDATE gas_sum SET storage = 'x' WHERE number = 4"],
    ['sums of a checkpoint less', 'DELETE FROM gas_sum WHERE number = 2'],
    ['a record cut short', 'UPDATE checkpoint SET execution = substr(execution, 1, 40) WHERE number = 4'],
  ]
  for (const [what, sql] of damages)
    test(`with ${what} is refused at the start and by the verification`, async () => {
      await filled()
      change(sql)
      await expect(startLedger({ dataDir: folder })).rejects.toMatchObject({ code: 'storage_damaged' })
      await expect(verifyDevnet(folder)).rejects.toMatchObject({ code: 'storage_damaged' })
    })

  test('with a forged signature passes the quick look, and not the verification', async () => {
    await filled()
    change(`UPDATE checkpoint SET signatures = (SELECT signatures FROM checkpoint WHERE number = 3) WHERE number = 2`)
    await (await startLedger({ dataDir: folder })).stop()
    await expect(verifyDevnet(folder)).rejects.toMatchObject({ code: 'storage_damaged' })
  })

  test('with bytes of the file overwritten is refused, or every value in it is still the same', async () => {
    await filled()
    const whole = await readFile(path)
    const content = contentOf()
    for (let at = 5000; at < whole.length; at += Math.floor(whole.length / 12)) {
      const file = await open(path, 'r+')
      await file.write(Buffer.from(whole.subarray(at, at + 64).map((byte) => byte ^ 0x55)), 0, 64, at)
      await file.close()
      const refused = await verifyDevnet(folder).then(
        () => undefined,
        (error: unknown) => error,
      )
      if (refused) expect(refused).toMatchObject({ code: 'storage_damaged' })
      else expect(contentOf()).toEqual(content)
      await writeFile(path, whole)
    }
  })

  /** Every row of every table. */
  function contentOf(): unknown[] {
    const database = new DatabaseSync(path)
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all()
    const rows = tables.map(({ name }) => database.prepare(`SELECT * FROM ${name}`).all())
    database.close()
    return rows
  }

  test('from before sums were kept gets them from what it holds, and no other change', async () => {
    await filled()
    const whole = contentOf()
    change('DROP TABLE gas_sum; PRAGMA user_version = 1')
    await (await startLedger({ dataDir: folder })).stop()
    expect(contentOf()).toEqual(whole)
    expect(await verifyDevnet(folder)).toMatchObject({ transactions: 4 })
  })

  test('of an earlier version is refused, and nothing of it is changed', async () => {
    await appendFile(join(folder, 'journal'), 'an old chain')
    await expect(startLedger({ dataDir: folder })).rejects.toMatchObject({ code: 'unsupported_version' })
    expect(await readFile(join(folder, 'journal'), 'utf8')).toBe('an old chain')
  })

  test('belongs to one living process', async () => {
    const release = await lockFolder(folder)
    await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'conflict' })
    await release()
    await writeFile(join(folder, 'lock'), '999999999')
    await (
      await lockFolder(folder)
    )()
  })
})
