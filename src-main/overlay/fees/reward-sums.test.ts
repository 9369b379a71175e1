import { expect, it } from 'vitest'
import type { Clock } from '../../base/index.ts'
import { systemClock } from '../../base/index.ts'
import { FeeBook } from './book.ts'
import { RewardSums } from './reward-sums.ts'

it('the sums of rewards are read once in ten seconds, however often they are asked for', () => {
  let at = 0
  const clock: Clock = { ...systemClock, steady: () => at }
  const book = new FeeBook(':memory:', 1)
  const sums = new RewardSums(book, clock)
  const rest = { address: '0x1', payerKey: new Uint8Array(32), windowMs: 1, sharedAt: 1n, signature: undefined }
  const open = (id: string) =>
    book.changeChannel(
      { id, ...rest, base: 9n, deposited: 9n, paid: 0n, counted: 9n, state: 'open', closesAt: 0, epoch: 1n, shown: 0n },
      () => ({ paid: 5n }),
      1,
    )
  open('0x1')
  expect(sums.read()).toEqual({ promised: 5n, collected: 0n })
  open('0x2')
  at = 9_999
  expect(sums.read()).toEqual({ promised: 5n, collected: 0n })
  at = 10_000
  expect(sums.read()).toEqual({ promised: 10n, collected: 0n })
  book.close()
})
