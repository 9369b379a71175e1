import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Secret, silentLog, systemClock } from '../../base/index.ts'
import { relayUse } from '../../overlay/index.ts'
import { openStore, type Store } from '../../store/index.ts'
import { acceptPrices, payablePrices } from './accepted-prices.ts'
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
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true })
})

/** A send that was delivered. */
function use(count: UseCount, key: string, bytes: number): void {
  count.end(count.begin({ key, most: relayUse(bytes) }, 0), { use: relayUse(bytes), keptMs: 0 })
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
  expect(owed(count)).toBeLessThanOrEqual(0n)
  use(count, 'two', 500)
  expect(owed(count)).toBe(500n)
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

it('prices that rise after a deposit are paid as they were agreed to, lower ones as they are', () => {
  expect(payablePrices(store, NODE, prices)).toEqual(prices)
  acceptPrices(store, NODE, prices)
  const other = { relayedMb: 5_000_000n, storedMbDay: 7n, forwardedTransaction: 0n }
  expect(payablePrices(store, NODE, other)).toEqual(prices)
  expect(payablePrices(store, NODE, { ...prices, relayedMb: 10n }).relayedMb).toBe(10n)
  const count = new UseCount(store, NODE, silentLog)
  count.reconcile(told())
  use(count, 'one', 1_000)
  count.reconcile(told({ prices: other, relayedBytes: 1_000n }))
  expect(owed(count)).toBe(1_000n)
})
