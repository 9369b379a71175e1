import { expect, test } from 'vitest'
import {
  addressGroups,
  clippedName,
  displayName,
  fingerprint,
  looksLikeAddress,
  parleyLink,
  shortAddress,
} from './address.ts'
import { identicon } from '../../src-main/contract/index.ts'

const address = `0x8f3a${'0'.repeat(56)}c21e`

test('an address is shown short in text and in groups of four to compare', () => {
  expect(shortAddress(address)).toBe('0x8f3a…c21e')
  expect(addressGroups(address)).toHaveLength(16)
  expect(addressGroups(address)[15]).toBe('c21e')
  expect(parleyLink(address)).toBe(`parley:${address}`)
})

test('only what could be an address is sent to be checked', () => {
  expect(looksLikeAddress(` parley:${address} `)).toBe(true)
  expect(looksLikeAddress('Bob')).toBe(false)
})

test('somebody without a name has the short address as name', () => {
  expect(displayName({ name: 'Bob', address })).toBe('Bob')
  expect(displayName({ name: '', address })).toBe('0x8f3a…c21e')
  expect(displayName({ name: address, address })).toBe('0x8f3a…c21e')
})

test('a fingerprint is four groups of five digits, the same each time and another for another address', async () => {
  expect(await fingerprint(address)).toMatch(/^\d{5}( \d{5}){3}$/)
  expect(await fingerprint(address)).toBe(await fingerprint(address))
  expect(await fingerprint(address)).not.toBe(await fingerprint(address.replace('8', '9')))
})

test('an identicon is deterministic and changes with one digit', () => {
  expect(identicon(address)).toBe(identicon(address))
  expect(identicon(address)).not.toBe(identicon(address.replace('c21e', 'c21f')))
  expect(identicon(address)).toMatch(/^radial-gradient\(.+conic-gradient\(/)
})

test('a long name is cut between whole characters', () => {
  expect(clippedName('Bob')).toBe('Bob')
  expect(clippedName('Maximiliane-Friederike von und zu')).toBe('Maximiliane-Frieder…')
  expect(clippedName('😀'.repeat(30))).toBe(`${'😀'.repeat(19)}…`)
})
