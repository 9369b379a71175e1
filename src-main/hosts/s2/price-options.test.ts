import { describe, expect, test } from 'vitest'
import { readPrices } from './price-options.ts'
import { runS2 } from './s2-command.ts'

describe('prices as typed', () => {
  test('none cost nothing; each alone makes a price list, with ten free megabytes unless told', () => {
    expect(readPrices({})).toBeUndefined()
    expect(readPrices({ priceRelay: '0', freeMb: '3' })).toBeUndefined()
    const free = { relayedMb: 0n, storedMbDay: 0n, forwardedTransaction: 0n }
    expect(readPrices({ priceRelay: '7' })).toEqual({ prices: { ...free, relayedMb: 7n }, allowanceBytes: 10_000_000 })
    expect(readPrices({ priceStore: '8', freeMb: '0' })).toEqual({
      prices: { ...free, storedMbDay: 8n },
      allowanceBytes: 0,
    })
    expect(readPrices({ priceTransaction: '18446744073709551615', freeMb: '0.25' })).toEqual({
      prices: { ...free, forwardedTransaction: 2n ** 64n - 1n },
      allowanceBytes: 250_000,
    })
    expect(readPrices({ postage: '5', freeMb: '0' })).toEqual({ prices: free, allowanceBytes: 0, postage: 5n })
    expect(readPrices({ postage: '0' })).toBeUndefined()
  })

  test.each([
    { priceRelay: '-1' },
    { priceRelay: '1.5' },
    { priceStore: '' },
    { priceStore: '1e6' },
    { priceTransaction: '18446744073709551616' },
    { priceTransaction: '100000000000000000000' },
    { postage: '0.5' },
    { postage: '-5' },
    { postage: '18446744073709551616' },
    { priceRelay: '1', freeMb: '-1' },
    { priceRelay: '1', freeMb: 'all' },
    { freeMb: '12345678' },
  ])('%j is refused', (args) => {
    expect(() => readPrices(args)).toThrow(expect.objectContaining({ code: 'invalid_params' }))
  })

  test('need a folder for the account book, and one process', async () => {
    const io = { print: () => {}, signal: AbortSignal.abort() }
    const args = { ledger: 'http://127.0.0.1:1', listen: '127.0.0.1:0', peers: [], turnUrls: [], priceRelay: '1' }
    await expect(runS2(args, io)).rejects.toMatchObject({ code: 'invalid_params', message: /--data/ })
    const cluster = { data: '/nowhere', nats: ['nats://127.0.0.1:1'] }
    await expect(runS2({ ...args, ...cluster }, io)).rejects.toMatchObject({ code: 'not_supported', message: /prices/ })
    const { priceRelay: _none, ...postage } = { ...args, postage: '5' }
    await expect(runS2(postage, io)).rejects.toMatchObject({ code: 'invalid_params', message: /--data/ })
    await expect(runS2({ ...postage, ...cluster }, io)).rejects.toMatchObject({ code: 'not_supported' })
  })
})
