import { afterEach, beforeEach, expect, it } from 'vitest'
import { toHex } from '../../base/index.ts'
import { FeeBook } from './book.ts'
import { partsOfNanos } from './prices.ts'

const NOW = 1_700_000_000_000
const NOTHING = { relayedBytes: 0n, storedByteMs: 0n }

let book: FeeBook
beforeEach(() => (book = new FeeBook(':memory:', 1)))
afterEach(() => book.close())

const charge = (address: string, device: string, charge: bigint) =>
  book.count({ address, device, repeat: undefined, use: NOTHING, free: 0, charge, now: NOW })

function pay(address: string, payerKey: Uint8Array, paid: bigint): void {
  const sums = { base: 100n, deposited: 100n, paid: 0n, counted: 100n, shown: 0n, epoch: 1n, sharedAt: 1n }
  const channel = { id: `0x${toHex(payerKey)}`, address, payerKey, windowMs: 1, closesAt: 0, signature: undefined }
  book.changeChannel({ ...channel, ...sums, state: 'open' }, () => ({ paid }), NOW)
}

it('what devices used and did not promise is told in all, and what one has paid in advance makes up for no other', async () => {
  expect(book.unpaid()).toBe(0n)
  const [one, two] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
  await Promise.all([charge('0xa', toHex(one), partsOfNanos(30n)), charge('0xb', toHex(two), partsOfNanos(5n))])
  pay('0xa', one, 20n)
  pay('0xb', two, 50n)
  expect(book.unpaid()).toBe(10n)
  // Of one address too, and a part of a NANO is one.
  await charge('0xa', toHex(two), 1n)
  expect(book.unpaid()).toBe(11n)
  const to = { address: '0xc', device: toHex(one) }
  book.post({ address: '0xa', device: toHex(two), to, digest: 'd', now: NOW }, 7n)
  expect(book.unpaid()).toBe(18n)
})

it('of more devices than are read at once', async () => {
  const devices = Array.from({ length: 2_500 }, (_, index) => `${index}`)
  await Promise.all(devices.map((device) => charge(`0x${Number(device) % 7}`, device, partsOfNanos(1n))))
  expect(book.unpaid()).toBe(2_500n)
})
