import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ParleyError } from '../contract/index.ts'
import { Secret, silentLog, systemClock, toHex } from '../base/index.ts'
import { openDatabase } from './database.ts'
import { type MessageRow, openStore, type Store } from './index.ts'
import { migrate } from './migrate.ts'
import { migrations } from './migrations/index.ts'

const key = new Secret(randomBytes(32))
let dir: string
let file: string
let store: Store | undefined

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'parley-store-'))
  file = join(dir, 'parley.db')
})
afterEach(() => {
  store?.close()
  store = undefined
  rmSync(dir, { recursive: true })
})

function open(withKey = key): Store {
  store = openStore({ file, key: withKey, clock: systemClock, log: silentLog })
  return store
}
function close(): void {
  store?.close()
  store = undefined
}
const bob = `0x${'b'.repeat(64)}`
function message(n: number, change: Partial<MessageRow> = {}): MessageRow {
  return {
    ...{ id: n.toString(16).padStart(32, '0'), chat: bob, author: bob, outgoing: false, text: `message ${n}` },
    ...{
      clockTime: 1000 + n,
      clockCount: 0,
      sentAt: 1000 + n,
      receivedAt: 2000 + n,
      state: 'delivered',
      failure: undefined,
    },
    ...change,
  } as MessageRow
}
const digest = () => createHash('sha256').update(readFileSync(file)).digest('hex')
const code = (value: string) => expect.objectContaining({ code: value })

test('a wrong key, another kind of file and a damaged header are storage_damaged, and the file stays as it is', () => {
  open().messages.insert(message(1))
  close()
  const before = digest()
  expect(() => open(new Secret(randomBytes(32)))).toThrow(/does not belong to this key/)
  expect(digest()).toBe(before)
  const bytes = readFileSync(file)
  bytes.writeUInt8(bytes.readUInt8(100) ^ 1, 100)
  writeFileSync(file, bytes)
  const damaged = digest()
  expect(() => open()).toThrow(/is damaged/)
  expect(digest()).toBe(damaged)
  writeFileSync(file, 'this is not a database')
  expect(() => open()).toThrow(code('storage_damaged'))
})

test('each of 60 flipped bits over all pages is detected as storage_damaged', () => {
  const s = open()
  s.transaction(() => {
    for (let n = 0; n < 500; n++) s.messages.insert(message(n, { text: `text ${n} `.repeat(20) }))
  })
  close()
  const clean = readFileSync(file)
  for (let n = 0; n < 60; n++) {
    const at = 16 + Math.floor(((clean.length - 16) * n) / 60)
    const bytes = Buffer.from(clean)
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (n % 8)), at)
    writeFileSync(file, bytes)
    expect(readEverything, `byte ${at}`).toThrow(code('storage_damaged'))
  }
})

/** Reads each page of the file: what is in no table is reached by the check of the free list. */
function readEverything(): void {
  const database = openDatabase(file, key)
  try {
    if (database.pragma('integrity_check') !== 'ok') throw new ParleyError('storage_damaged', 'The check found damage.')
  } finally {
    database.close()
  }
}

test('a newer schema is unsupported_version without a byte changed', () => {
  open()
  close()
  const database = openDatabase(file, key)
  database.pragma(`user_version=${migrations.length + 1}`)
  database.close()
  const before = digest()
  expect(() => open()).toThrow(code('unsupported_version'))
  expect(digest()).toBe(before)
})

test('a database of version 1 gets the search index with its old messages; a failing step changes nothing', () => {
  let database = openDatabase(file, key)
  migrate(database, migrations.slice(0, 1))
  database.prepare(`INSERT INTO messages VALUES (1, 'i', 'c', 'a', 0, 'old words', 1, 0, 1, 1, 'read', NULL)`).run()
  database.close()
  expect(open().messages.search('words', undefined, 5)).toHaveLength(1)
  close()
  database = openDatabase(file, key)
  expect(() => migrate(database, [...migrations, 'CREATE TABLE x (y); SELECT nonsense'])).toThrow()
  expect([
    database.pragma('user_version'),
    database.prepare(`SELECT 1 FROM sqlite_master WHERE name = 'x'`).all(),
  ]).toEqual([migrations.length, []])
  database.close()
})

test('a full database is storage_full with nothing half-written, and works again when there is room', () => {
  open()
  close()
  const database = openDatabase(file, key)
  database.pragma(`max_page_count=${Number(database.pragma('page_count')) + 4}`)
  const set = database.prepare('INSERT INTO settings VALUES (?, ?)')
  const fill = () => database.transaction(() => [0, 1, 2, 3].forEach((n) => set.run(`n${n}`, toHex(randomBytes(4000)))))
  expect(fill).toThrow(code('storage_full'))
  expect(database.prepare('SELECT * FROM settings').all()).toEqual([])
  database.pragma('max_page_count=100000')
  fill()
  expect(database.prepare('SELECT * FROM settings').all()).toHaveLength(4)
  database.close()
})
