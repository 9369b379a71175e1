import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Secret, silentLog, systemClock } from '../../base/index.ts'
import { relayUse } from '../../overlay/index.ts'
import { openStore, type Store } from '../../store/index.ts'
import { acceptPrices, payablePrices } from './accepted-prices.ts'
import { readAsked } from './asked.ts'
import { Dealings } from './dealings.ts'
import { Settlement, type SettlementParts } from './settlement.ts'
import type { ToldFees } from './types.ts'
import { UseCount } from './use-count.ts'

const NODE = 'a'.repeat(64)
const prices = { relayedMb: 1_000_000n, storedMbDay: 0n, forwardedTransaction: 0n }
const told = (changes: Partial<ToldFees> = {}): ToldFees => ({
  ...{ prices, allowance: 0n, usedToday: 0n, credit: 1_000_000n, payee: null, meter: 1n },
  ...{ relayedBytes: 0n, storedByteMs: 0n, charged: 0n, unpaid: 0n, voucher: null },
  ...{ postage: 0n, posted: 0n, ahead: 0n },
  ...changes,
})

let folder: string
let store: Store
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-fees-'))
  const key = new Secret(new Uint8Array(32).fill(3))
  store = openStore({ file: join(folder, 'x.db'), key, clock: systemClock, log: silentLog })
  acceptPrices(store, NODE, prices)
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true })
})

/** A send that was delivered. */
function use(count: UseCount, key: string, bytes: number): void {
  count.end(count.begin({ key, most: relayUse(bytes), mostMs: 1_000 }, 0), { use: relayUse(bytes), keptMs: 0 })
}

/** What may be promised beyond one credit. */
function owed(count: UseCount): bigint {
  return count.most() - count.row.promised
}

it('a node that begins to count anew with a large sum is owed nothing that this device did not use', () => {
  const count = new UseCount(store, NODE, silentLog)
  count.reconcile(told())
  use(count, 'one', 1_000)
  expect(owed(count)).toBe(1_000n)
  count.reconcile(told({ meter: 2n, relayedBytes: 2n ** 60n, charged: 2n ** 60n, unpaid: 2n ** 60n }))
  expect(owed(count)).toBe(1_000n)
  use(count, 'two', 500)
  expect(owed(count)).toBe(1_500n)
})

it('a node that counts more than was used, or names a larger credit, is owed what was used', () => {
  const count = new UseCount(store, NODE, silentLog)
  count.reconcile(told())
  use(count, 'one', 100)
  count.reconcile(told({ relayedBytes: 2n ** 40n, unpaid: 2n ** 40n, credit: 2n ** 60n }))
  // In step once: not one byte more than was sent from here.
  expect(owed(count)).toBe(100n)
})

it('a node that has forgotten a send and counts its repeat again is owed that repeat, once, and stays in step', () => {
  const count = new UseCount(store, NODE, silentLog)
  count.reconcile(told())
  for (let repeat = 0; repeat < 2; repeat++) use(count, 'one', 100)
  expect(count.row.relayedBytes).toBe(100n)
  count.reconcile(told({ relayedBytes: 200n }))
  expect(owed(count)).toBe(200n)
  count.reconcile(told({ relayedBytes: 201n }))
  expect(owed(count)).toBe(200n)
  // One that counted no repeat has counted it: there is nothing left to explain more with.
  use(count, 'one', 100)
  count.reconcile(told({ relayedBytes: 200n }))
  count.reconcile(told({ relayedBytes: 300n }))
  expect(owed(count)).toBe(200n)
})

it('a node that counts stored bytes that were never sent is owed none of them', () => {
  const count = new UseCount(store, NODE, silentLog)
  const stored = { ...prices, storedMbDay: 1_000_000n }
  count.reconcile(told({ prices: stored }))
  use(count, 'one', 100)
  count.reconcile(told({ prices: stored, relayedBytes: 100n, storedByteMs: 2n ** 60n, unpaid: 2n ** 40n }))
  expect(owed(count)).toBe(100n)
})

it('a node that names a new count with each answer gets one credit, not one each time', () => {
  const count = new UseCount(store, NODE, silentLog)
  let promised = 0n
  for (let meter = 1n; meter <= 20n; meter++) {
    count.reconcile(told({ meter, charged: 1_000_000n, unpaid: 1_000_000n }))
    const nanos = count.room() < 1_000_000n ? count.room() : 1_000_000n
    count.promise(nanos)
    promised += nanos
  }
  expect(promised).toBe(1_000_000n)
})

it('a node that has lost its count is paid for what is used of it from then on, and for what was used before', () => {
  const count = new UseCount(store, NODE, silentLog)
  count.reconcile(told())
  use(count, 'one', 1_000)
  count.promise(1_000n)
  use(count, 'two', 500)
  for (const [meter, relayedBytes] of [
    [2n, 0n],
    [2n, 700n],
    // The same count, of an older copy.
    [2n, 100n],
  ] as const) {
    if (relayedBytes === 700n) use(count, 'three', 700)
    count.reconcile(told({ meter, relayedBytes }))
  }
  expect(owed(count)).toBe(1_200n)
})

it('what was used is owed at the price of its time: a higher one that is agreed to later makes nothing dearer', () => {
  const count = new UseCount(store, NODE, silentLog)
  count.reconcile(told({ relayedBytes: 2n ** 40n, charged: 2n ** 40n, unpaid: 2n ** 40n }))
  use(count, 'one', 1_000)
  count.reconcile(told({ relayedBytes: 2n ** 40n + 1_000n }))
  const dearer = { ...prices, relayedMb: 900_000_000n }
  acceptPrices(store, NODE, dearer)
  count.reconcile(told({ relayedBytes: 2n ** 40n + 1_000n, prices: dearer }))
  expect(owed(count)).toBe(1_000n)
  // And one that sinks makes nothing that was paid into too much.
  count.promise(1_000n)
  count.reconcile(told({ relayedBytes: 2n ** 40n + 1_000n, prices: { ...prices, relayedMb: 1n } }))
  expect(owed(count)).toBe(0n)
})

it('a node that nobody agreed to pay is owed nothing, whatever is used and whatever it asks for', () => {
  store.settings.set(`relayPrices/${NODE}`, undefined)
  const count = new UseCount(store, NODE, silentLog)
  count.reconcile(told())
  use(count, 'one', 1_000)
  count.reconcile(told({ relayedBytes: 1_000n, unpaid: 1_000n }))
  expect(count.room()).toBe(0n)
})

it('what a process left on its way may have been counted, once; one that ended in peace leaves nothing open', () => {
  const first = new UseCount(store, NODE, silentLog)
  first.reconcile(told())
  first.begin({ key: 'killed', most: relayUse(300), mostMs: 0 }, 0)
  const second = new UseCount(store, NODE, silentLog)
  second.reconcile(told({ relayedBytes: 2n ** 40n }))
  expect(owed(second)).toBe(300n)
  use(second, 'one', 100)
  second.rest()
  const third = new UseCount(store, NODE, silentLog)
  third.reconcile(told({ relayedBytes: 2n ** 41n }))
  expect(owed(third)).toBe(400n)
})

it('a node that begins to count anew while something is on its way is shown no sum of the count before', () => {
  const dealings = new Dealings({ store, log: silentLog, nodes: () => [] })
  const settlement = new Settlement({ dealings } as unknown as SettlementParts)
  const dealing = dealings.of(NODE)
  const tell = (changes: Partial<ToldFees>) => dealing.count.reconcile((dealing.told = told(changes)))
  tell({})
  use(dealing.count, 'one', 1_000)
  expect(settlement.unpaid(NODE)).toBe(1_000n)
  tell({ relayedBytes: 1_000n, unpaid: 1_000n })
  use(dealing.count, 'two', 500)
  expect(settlement.unpaid(NODE)).toBe(1_500n)
  dealing.count.begin({ key: 'three', most: relayUse(100), mostMs: 0 }, 0)
  tell({ meter: 2n, unpaid: 7n })
  expect(settlement.unpaid(NODE)).toBe(7n)
})

it('a node that answers nothing is not owed the same again for each time that it is asked', () => {
  const count = new UseCount(store, NODE, silentLog)
  count.reconcile(told())
  const ask = (key: string, at: number) =>
    count.end(count.begin({ key, most: relayUse(1_000), mostMs: 60_000 }, at), 'unknown')
  for (let tries = 0; tries < 50; tries++) {
    ask('the same', tries * 1_000)
    count.reconcile(told({ relayedBytes: 1_000n * BigInt(tries + 1) }))
  }
  expect(owed(count)).toBe(3_000n)
  ask('another', 50_000)
  expect(owed(count)).toBe(4_000n)
})

it('a node that counts what is read of a log and answers none of it is owed a page a few times, not for each try', () => {
  const count = new UseCount(store, NODE, silentLog)
  count.reconcile(told())
  const page = readAsked({ group: 'a log', from: 7 })
  for (let tries = 1n; tries <= 50n; tries++) {
    count.end(count.begin(page, Number(tries)), 'unknown')
    count.reconcile(told({ relayedBytes: page.most.relayedBytes * tries }))
  }
  expect(owed(count)).toBe(3n * page.most.relayedBytes)
  // What is answered counts each time, also of the same page.
  const before = owed(count)
  const answer = { entries: [{ epoch: 7, entry: new Uint8Array(10) }], more: false, moved: null }
  for (let reads = 0; reads < 2; reads++) count.end(count.begin(page, 100), page.used(answer))
  expect(owed(count)).toBe(before + 20n)
})

it('prices that rise after a deposit are paid as they were agreed to, lower ones as they are', () => {
  const other = { relayedMb: 5_000_000n, storedMbDay: 7n, forwardedTransaction: 0n }
  expect(payablePrices(store, NODE, other)).toEqual(prices)
  expect(payablePrices(store, NODE, { ...prices, relayedMb: 10n }).relayedMb).toBe(10n)
  const count = new UseCount(store, NODE, silentLog)
  count.reconcile(told())
  use(count, 'one', 1_000)
  count.reconcile(told({ prices: other, relayedBytes: 1_000n }))
  expect(owed(count)).toBe(1_000n)
})
