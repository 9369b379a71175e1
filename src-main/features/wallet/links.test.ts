import { describe, expect, test } from 'vitest'
import { checksummed } from '../../wire/index.ts'
import { explorerUrl, readLink, writeLinks } from './links.ts'

const address = `0x${'1f'.repeat(32)}`
const shown = checksummed(address)
const here = { network: 'testnet', chain: '2304aa97' } as const

describe('links that ask for money', () => {
  test('are written in one form', () => {
    expect(writeLinks(address, here, { nanos: 1_500_000_000n, note: 'a&b=c #1' })).toEqual({
      parley: `parley:pay/${shown}?amount=1.5&note=a%26b%3Dc%20%231&network=testnet&chain=2304aa97`,
      iota: `iota:${shown}?amount=1.5&message=a%26b%3Dc%20%231&network=testnet`,
    })
    expect(writeLinks(address, { network: 'mainnet' }, {})).toEqual({
      parley: `parley:pay/${shown}?network=mainnet`,
      iota: `iota:${shown}`,
    })
    expect(writeLinks(address, here, { nanos: 1n }).iota).toContain('amount=0.000000001&')
    expect(writeLinks(address, here, { nanos: 10n ** 19n }).iota).toContain('amount=10000000000&')
  })

  test('come back as they were written', () => {
    for (const asked of [{}, { nanos: 1n }, { nanos: 123_456_789_012n, note: 'Grüße 👋 100% "+"' }, { note: 'x' }])
      for (const link of Object.values(writeLinks(address, here, asked)))
        expect(readLink(link, here)).toEqual({ address, ...asked, network: 'testnet' })
  })

  test('are not written where they could not be read: of nothing, or of more than exists', () => {
    const refused = expect.objectContaining({ code: 'invalid_params', reason: 'link_amount' })
    for (const nanos of [0n, 10n ** 19n + 1n, 10n ** 38n])
      expect(() => writeLinks(address, here, { nanos })).toThrow(refused)
    for (const nanos of [1n, 10n ** 19n])
      expect(readLink(writeLinks(address, here, { nanos }).iota, here).nanos).toBe(nanos)
  })

  test('may be a bare address, of a contact, or in capitals', () => {
    for (const text of [address, ` ${shown} `, `parley:${shown}`, `IOTA://${address}`, `PARLEY:PAY/${shown}?`])
      expect(readLink(text, here)).toEqual({ address })
  })

  test('for another ledger are refused by the chain where both name it, and by the name otherwise', () => {
    const wrong = expect.objectContaining({ code: 'conflict', reason: 'wrong_network' })
    const read =
      (query: string, place: Parameters<typeof readLink>[1] = here) =>
      () =>
        readLink(`iota:${address}?${query}`, place)
    expect(read('network=mainnet')).toThrow(wrong)
    expect(read('network=testnet&chain=6364aad5')).toThrow(wrong)
    expect(read('chain=6364aad5')).toThrow(wrong)
    expect(read('network=custom&chain=2304aa97')()).toMatchObject({ address })
    expect(read('network=local', { network: 'local' })()).toMatchObject({ network: 'local' })
  })

  test.each([
    ['amount=1,5', 'link_amount'],
    ['amount=-1', 'link_amount'],
    ['amount=0', 'link_amount'],
    ['amount=1e9', 'link_amount'],
    ['amount=0.0000000001', 'link_amount'],
    ['amount=999999999999', 'link_amount'],
    ['amount=10000000000.000000001', 'link_amount'],
    ['amount=.5', 'link_amount'],
    ['amount=１', 'link_amount'],
    ['amount=1&amount=2', 'link_form'],
    ['note=%E0%A4%A', 'link_form'],
    ['network=moon', 'link_network'],
    ['chain=nonsense', 'link_network'],
    ['req-memo=1', 'link_requires'],
  ])('with ?%s are refused: %s', (query, reason) => {
    expect(() => readLink(`iota:${address}?${query}`, here)).toThrow(
      expect.objectContaining({ code: 'invalid_params', reason }),
    )
  })

  test('that hold no address, or one with a typing mistake, say so', () => {
    for (const text of [
      '',
      'parley:pay/',
      'https://example.org/',
      `iota:${address}0`,
      `parley:pay/${shown.slice(0, -1)}`,
    ])
      expect(() => readLink(text, here)).toThrow(expect.objectContaining({ code: 'bad_address' }))
  })

  test('cannot dress their note up', () => {
    const note = encodeURIComponent(`a\u202eb\nc${'x'.repeat(500)}`)
    expect(readLink(`iota:${address}?note=${note}&unknown=1&flag`, here).note).toBe(`a b c${'x'.repeat(195)}`)
  })
})

test('only public networks have an explorer', () => {
  expect(explorerUrl('testnet', 'Abc')).toBe('https://explorer.iota.org/txblock/Abc?network=testnet')
  expect(explorerUrl('mainnet', 'Abc')).toBe('https://explorer.iota.org/txblock/Abc?network=mainnet')
  expect([explorerUrl('local', 'Abc'), explorerUrl('custom', 'Abc')]).toEqual([undefined, undefined])
})
