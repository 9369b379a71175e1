import { expect, it } from 'vitest'
import { FeeBook } from './book.ts'

it('the sums are of all channels, not only of those that are named', () => {
  const book = new FeeBook(':memory:', 1)
  const sums = { base: 9n, deposited: 9n, paid: 0n, counted: 9n }
  const rest = { address: '0x1', payerKey: new Uint8Array(32), windowMs: 1, sharedAt: 1n, signature: undefined }
  for (let n = 0; n < 1_200; n++) {
    const state = n % 2 === 0 ? 'open' : 'closed'
    const channel = { id: `0x${n}`, ...rest, ...sums, state, closesAt: 0, epoch: 1n, shown: 3n } as const
    book.changeChannel(channel, () => ({ paid: 2n ** 50n }), n)
  }
  expect(book.channels.newest(1_000)).toHaveLength(1_000)
  expect(book.channels.sums()).toEqual({ open: 600n * 2n ** 50n, collected: 1_800n })
  book.close()
})
