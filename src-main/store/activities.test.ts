import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Secret, silentLog, systemClock } from '../base/index.ts'
import { PAGE_OF_KIND } from './activities.ts'
import { openDatabase } from './database.ts'
import { type ActivityRow, openStore, type Store } from './index.ts'

const key = new Secret(randomBytes(32))
const PAYMENTS = ['payment', 'faucet', 'merge', 'other'] as const
const RECORDS = 10_000
let dir: string
let file: string
let store: Store

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'parley-activities-'))
  file = join(dir, 'parley.db')
  store = openStore({ file, key, clock: systemClock, log: silentLog })
})
afterEach(() => {
  store.close()
  rmSync(dir, { recursive: true })
})

function activity(at: number, changes: Partial<ActivityRow> = {}): ActivityRow {
  return {
    ...{ account: 0, digest: `D${String(at).padStart(6, '0')}`, at, kind: 'payment', direction: 'in', nanos: 1n },
    ...{ counterparty: undefined, fee: undefined, state: 'done', failure: undefined, synced: true },
    ...changes,
  } as ActivityRow
}

/** 60 payments, then as many records as a stranger can afford. */
function bombed(): void {
  store.transaction(() => {
    for (let at = 0; at < 60; at++) store.activities.save(activity(at, at % 3 ? {} : { kind: 'faucet' }))
    for (let at = 60; at < 60 + RECORDS; at++) store.activities.save(activity(at, { kind: 'signalling' }))
  })
}
const times = (rows: ActivityRow[]) => rows.map(({ at }) => at)

test('a page of some kinds is whole and in order, whatever stands above and between', () => {
  bombed()
  const first = store.activities.page(0, 50, { kinds: PAYMENTS })
  expect(times(first)).toEqual(Array.from({ length: 50 }, (_, index) => 59 - index))
  const second = store.activities.page(0, 50, { kinds: PAYMENTS, before: first.at(-1) })
  expect(times(second)).toEqual(Array.from({ length: 10 }, (_, index) => 9 - index))
  expect(times(store.activities.page(0, 3, { kinds: ['faucet'], from: 5, to: 20 }))).toEqual([18, 15, 12])
  expect(times(store.activities.page(0, 2, { kinds: ['signalling'] }))).toEqual([10_059, 10_058])
  expect(times(store.activities.page(0, 2))).toEqual([10_059, 10_058])
})

test('the plan of such a page is one search of the index, without a scan and without sorting', () => {
  bombed()
  const database = openDatabase(file, key, true)
  try {
    const plan = database.prepare<{ detail: string }>(`EXPLAIN QUERY PLAN ${PAGE_OF_KIND}`)
    const steps = plan.all(0, 'payment', 1e12, 'z', 0, 50).map(({ detail }) => detail)
    expect(steps).toHaveLength(2)
    expect(steps[0]).toMatch(/^SEARCH activities USING INDEX activities_kind \(account=\? AND kind=\? AND .*at/)
    expect(steps[1]).toMatch(/^SEARCH notes USING PRIMARY KEY/)
  } finally {
    database.close()
  }
})

test("strangers' records are the first to go, so that no number of them pushes a payment out", () => {
  for (let at = 0; at < 10; at++) store.activities.save(activity(at))
  store.activities.save(activity(10, { kind: 'signalling', direction: 'out' }))
  for (let at = 11; at < 31; at++) store.activities.save(activity(at, { kind: 'signalling' }))
  store.activities.prune(0, 15)
  expect(times(store.activities.page(0, 50))).toEqual([30, 29, 28, 27, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0])
  store.activities.prune(0, 8)
  expect(times(store.activities.page(0, 50))).toEqual([10, 9, 8, 7, 6, 5, 4, 3])
})

test('what the ledger did not tell of yet is never removed', () => {
  for (let at = 0; at < 5; at++) store.activities.save(activity(at, { synced: at > 1 }))
  store.activities.prune(0, 1)
  expect(times(store.activities.page(0, 50))).toEqual([1, 0])
})
