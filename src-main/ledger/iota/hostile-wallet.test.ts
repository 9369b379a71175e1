import { afterEach, describe, expect, test } from 'vitest'
import { silentLog, systemClock } from '../../base/index.ts'
import type { Ledger } from '../port.ts'
import { type FakeLedger, newPerson, startFakeLedger } from '../testing/index.ts'
import { createIotaLedger } from './index.ts'

let fake: FakeLedger | undefined
let ledger: Ledger | undefined
afterEach(async () => {
  ledger?.close()
  await fake?.stop()
})

const UNREACHABLE = { code: 'ledger_unreachable' }
const { address } = newPerson()
const DIGEST = 'AYnxtWCgn5SCwhV5ajtUPsKkhiRV471CeWMutJELKRyZ'
const HUGE = '9'.repeat(60)

async function against(answer: (method: string, params: unknown[]) => unknown): Promise<Ledger> {
  fake = await startFakeLedger(answer)
  ledger = createIotaLedger({ url: fake.url, clock: systemClock, log: silentLog, timeoutMs: 500 })
  return ledger
}

const gasUsed = { computationCost: '1', storageCost: '1', storageRebate: '1', nonRefundableStorageFee: '0' }
const entry = {
  digest: DIGEST,
  transaction: { data: { sender: address } },
  effects: { status: { status: 'success' }, gasUsed },
  timestampMs: '1',
  balanceChanges: [{ owner: { AddressOwner: address }, coinType: '0x2::iota::IOTA', amount: '-5' }],
}

describe('balances of a hostile ledger', () => {
  const native = { coinType: '0x2::iota::IOTA', coinObjectCount: 1, totalBalance: '5' }
  const wrong: [string, unknown][] = [
    ['nothing', null],
    ['no list', {}],
    ['a negative amount', [{ ...native, totalBalance: '-5' }]],
    ['a number without an end', [{ ...native, totalBalance: HUGE }]],
    ['an amount as a number', [{ ...native, totalBalance: 5 }]],
    ['a negative number of coins', [{ ...native, coinObjectCount: -1 }]],
    ['a type that is none', [{ ...native, coinType: '<script>' }]],
    ['a type without an end', [{ ...native, coinType: `0x2::a::${'B'.repeat(600)}` }]],
    ['more types than anybody holds', Array.from({ length: 10_001 }, () => native)],
  ]
  test.each(wrong)('with %s are not believed', async (_name, answer) => {
    await expect((await against(() => answer)).balances(address)).rejects.toMatchObject(UNREACHABLE)
  })

  test('what makers of coins say is cleaned, cannot pass for IOTA, and is asked for at most 50 types', async () => {
    const type = (index: number) => `0x${index.toString(16)}::coin${index}::FAKE`
    const holdings = Array.from({ length: 400 }, (_, index) => ({
      ...{ coinType: type(index + 10), coinObjectCount: 400 - index, totalBalance: '7' },
    }))
    const words = [
      { symbol: 'IOTA', name: 'IOTA', decimals: 9 },
      { symbol: 'ＩＯＴＡ', name: '\u202eATOI', decimals: 9 },
      { symbol: 'x'.repeat(5000), name: 'two\nlines\u0000', decimals: 6 },
      { symbol: 'FAR', name: 'Far', decimals: 200 },
      null,
      { symbol: '', name: '   ', decimals: 0 },
    ]
    const hostile = await against((method, [coinType]) => {
      if (method === 'iotax_getAllBalances') return [...holdings, native]
      return words[holdings.findIndex((each) => each.coinType === coinType)] ?? null
    })
    const balances = await hostile.balances(address)
    expect(balances).toHaveLength(51)
    expect(fake?.asked).toHaveLength(51)
    expect(balances[0]).toMatchObject({ symbol: 'IOTA', amount: 5n })
    expect(balances.slice(1).filter(({ symbol, name }) => /iota/i.test((symbol + name).normalize('NFKC')))).toEqual([])
    const known = /^[\x20-\x7e]{1,40}$/
    for (const { symbol, name, decimals } of balances) {
      expect(known.test(symbol) && known.test(name) && symbol.length <= 18).toBe(true)
      expect(decimals).toBeLessThan(40)
    }
    await hostile.balances(address)
    expect(fake?.asked.length).toBeLessThan(60)
  })
})

describe('one transaction of a hostile ledger', () => {
  const wrong: [string, unknown][] = [
    ['no list', {}],
    ['two', [entry, entry]],
    ['another one', [{ ...entry, digest: '1'.repeat(32) }]],
    ['a fee below nothing', [{ ...entry, effects: { ...entry.effects, gasUsed: { ...gasUsed, storageCost: '-1' } } }]],
    ['a fee without an end', [{ ...entry, effects: { ...entry.effects, gasUsed: { ...gasUsed, storageCost: HUGE } } }]],
    ['a change without an end', [{ ...entry, balanceChanges: [{ ...entry.balanceChanges[0], amount: HUGE }] }]],
    ['a checkpoint that is none', [{ ...entry, checkpoint: 'soon' }]],
    ['bytes that are none', [{ ...entry, rawTransaction: '<>' }]],
    ['no sender', [{ ...entry, transaction: { data: {} } }]],
  ]
  test.each(wrong)('with %s is not believed', async (_name, answer) => {
    await expect((await against(() => answer)).transaction(DIGEST, address)).rejects.toMatchObject(UNREACHABLE)
  })

  test('that is not known is not there; odd bytes are no memo', async () => {
    for (const answer of [[null], [], [{}]])
      expect(await (await against(() => answer)).transaction(DIGEST, address)).toBeUndefined()
    const odd = await against(() => [{ ...entry, rawTransaction: 'AAAA', checkpoint: '7' }])
    expect(await odd.transaction(DIGEST, address)).toMatchObject({ change: -5n, checkpoint: '7' })
    expect(await odd.transaction(DIGEST, address)).not.toHaveProperty('memo')
  })
})

describe('coins of a hostile ledger', () => {
  test('in ever new empty pages end after a number of them', async () => {
    let page = 0
    const hostile = await against((method) =>
      method === 'iotax_getCoins' ? { data: [], nextCursor: String(page++), hasNextPage: true } : '1000',
    )
    const request = { from: address, to: address, nanos: 1n }
    await expect(hostile.prepareTransfer(request)).rejects.toMatchObject({ code: 'insufficient_funds' })
    expect(page).toBeLessThan(250)
  })

  test('worth more than there can be, or less than nothing, are not believed', async () => {
    const coin = { coinObjectId: '0x1', version: '1', digest: DIGEST, balance: '1' }
    for (const wrong of [
      { balance: HUGE },
      { balance: '-1' },
      { version: '-1' },
      { digest: 'x' },
      { coinObjectId: '1' },
    ]) {
      const hostile = await against((method) =>
        method === 'iotax_getCoins' ? { data: [{ ...coin, ...wrong }], hasNextPage: false } : '1000',
      )
      const request = { from: address, to: address, nanos: 0n, all: true }
      await expect(hostile.prepareTransfer(request)).rejects.toMatchObject(UNREACHABLE)
    }
  })

  test('more of them than one payment can carry are said, before anything is signed', async () => {
    const coins = Array.from({ length: 1400 }, (_, index) => ({
      ...{ coinObjectId: `0x${(index + 1).toString(16)}`, version: '1', digest: DIGEST, balance: '5' },
    }))
    const hostile = await against((method, params) => {
      if (method !== 'iotax_getCoins') return '1000'
      const start = Number(params[2] ?? 0)
      const next = start + 50
      return { data: coins.slice(start, next), nextCursor: String(next), hasNextPage: next < coins.length }
    })
    const request = { from: address, to: address, nanos: 0n, all: true }
    await expect(hostile.prepareTransfer(request)).rejects.toMatchObject({ code: 'too_large', reason: 'many_coins' })
  })
})

test('a history of the same page for ever is given page by page, and nobody waits for its end', async () => {
  const hostile = await against(() => ({ data: [entry], nextCursor: DIGEST, hasNextPage: true }))
  expect((await hostile.history(address, 50)).transactions).toHaveLength(1)
  const tooMany = await against(() => ({ data: Array.from({ length: 51 }, () => entry), hasNextPage: false }))
  await expect(tooMany.history(address, 50)).rejects.toMatchObject(UNREACHABLE)
})
