import { expect, test } from 'vitest'
import { shortCoinType } from './coins.ts'

test("a coin's type is shown without the whole address of its package", () => {
  expect(shortCoinType(`0x${'5'.repeat(64)}::hut::HUT`)).toBe('0x5555…5555::hut::HUT')
  expect(shortCoinType('0x2::iota::IOTA')).toBe('0x2::iota::IOTA')
})
