import { expect, test } from 'vitest'
import { isScannable } from './qr.ts'

const link = `parley:pay/0x${'a'.repeat(64)}?nanos=4500000000&network=testnet`

test('a link with a short note can be scanned, one with the longest note cannot', () => {
  expect(isScannable(link)).toBe(true)
  expect(isScannable(`${link}&note=Lunch`)).toBe(true)
  expect(isScannable(`${link}&note=${'%C3%A4'.repeat(200)}`)).toBe(false)
})
