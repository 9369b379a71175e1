import { afterEach, expect, it } from 'vitest'
import { Secret, systemRandom } from '../../base/index.ts'
import { signingKeyFromSeed } from '../../crypto/index.ts'
import type { Channels } from '../../ledger/index.ts'
import { FeeBook } from './book.ts'
import { VoucherDesk } from './vouchers.ts'

const NOW = 1_700_000_000_000
const book = new FeeBook(':memory:', 1)
afterEach(() => book.close())

it('an address that names channels nobody knows has the ledger asked so often, and no more', async () => {
  let looks = 0
  const read = () => (looks++, Promise.resolve(undefined))
  const channels = { packageId: `0x${'1'.repeat(64)}`, read } as unknown as Channels
  const desk = new VoucherDesk({
    book,
    key: signingKeyFromSeed(new Secret(systemRandom.bytes(32))),
    owner: () => '0x0',
    chain: () => '0badcafe',
    channels: () => Promise.resolve(channels),
    epoch: () => Promise.resolve({ epoch: 1n }),
    windowMs: 1,
    unpaid: () => 0n,
    clock: { now: () => NOW, steady: () => NOW, after: () => () => {} },
  })
  const take = (address: string, channel: number) => {
    const voucher = { channel: `0x${channel}`, deposited: 2n, paid: 1n, signature: new Uint8Array(64) }
    return desk.take({ address, device: 'aa' }, voucher).catch((error: { code: string }) => error.code)
  }
  const codes: unknown[] = []
  for (let channel = 0; channel < 12; channel++) codes.push(await take('0xa', channel))
  expect(codes).toEqual([...Array.from({ length: 10 }, () => 'not_found'), 'rate_limited', 'rate_limited'])
  expect(await take('0xb', 0)).toBe('not_found')
  expect(looks).toBe(11)
})
