import { describe, expect, test } from 'vitest'
import { addressOfPublicKey, checksummed, parseAddress } from './index.ts'

const ADDRESS = '0x365b74f27ca7c6d7ce019d73042f85cc4627e1aeec2b7822994e16010234e576'

describe('addresses', () => {
  test('the canonical form, upper case, links and surrounding space all mean the same address', () => {
    for (const input of [
      ADDRESS,
      ` ${ADDRESS}\n`,
      `parley:${ADDRESS}`,
      `iota://${ADDRESS}`,
      `0X${ADDRESS.slice(2).toUpperCase()}`,
    ])
      expect(parseAddress(input)).toEqual({ address: ADDRESS, checked: false })
  })

  test('mixed case is a checksum that holds for the true address', () => {
    expect(checksummed(ADDRESS)).not.toBe(ADDRESS)
    expect(parseAddress(checksummed(ADDRESS))).toEqual({ address: ADDRESS, checked: true })
  })

  test('any single wrong digit of a checksummed address is noticed', () => {
    const good = checksummed(ADDRESS)
    let noticed = 0
    for (let at = 2; at < good.length; at++) {
      const digit = good[at] as string
      const other = digit === '7' ? '3' : '7'
      const typo = good.slice(0, at) + other + good.slice(at + 1)
      try {
        parseAddress(typo)
      } catch {
        noticed++
      }
    }
    expect(noticed).toBe(64)
  })

  test.each([
    ['', 'starts with 0x', 'address_prefix'],
    ['0x', '64 digits', 'address_length'],
    [ADDRESS.slice(0, -1), 'has 63', 'address_length'],
    [`${ADDRESS}0`, 'has 65', 'address_length'],
    [ADDRESS.replace('3', 'g'), 'only the digits', 'address_digits'],
    [ADDRESS.slice(2), 'starts with 0x', 'address_prefix'],
    [`0x${'0'.repeat(63)}5`, 'the ledger itself', 'address_reserved'],
    [`0x${'aA'.repeat(32)}`, 'checksum', 'address_checksum'],
  ])('%j is refused in words and with a reason', (input, words, reason) => {
    expect(() => parseAddress(input)).toThrow(
      expect.objectContaining({ code: 'bad_address', reason, message: expect.stringContaining(words) }),
    )
  })

  test('an address is blake2b256 of the key without a flag byte', () => {
    expect(addressOfPublicKey(new Uint8Array(32))).toMatch(/^0x[0-9a-f]{64}$/)
    expect(addressOfPublicKey(new Uint8Array(32))).toBe(
      '0x89eb0d6a8a691dae2cd15ed0369931ce0a949ecafa5c3f93f8121833646e15c3',
    )
  })
})
