import { expect, test } from 'vitest'
import type { Contact } from '../../src-main/contract/index.ts'
import { passphraseStrength, pathWords } from './states.ts'

const contact: Contact = {
  address: `0x${'1'.repeat(64)}`,
  name: 'Bob',
  state: 'accepted',
  verified: false,
  online: false,
  addedAt: 0,
}
const words = (changes: Partial<Contact>, rest = {}) =>
  pathWords({ contact: { ...contact, ...changes }, name: 'Bob', waiting: false, ...rest })

test('a connection is named with its round trip', () => {
  expect(words({}, { path: 'direct', rttMs: 12.4 })).toEqual({
    key: 'path.directRtt',
    params: { ms: '12' },
    tone: 'ok',
  })
  expect(words({}, { path: 'relay' })).toMatchObject({ key: 'path.relay' })
  expect(words({}, { path: 'direct', way: 'turn', rttMs: 12 })).toMatchObject({ key: 'path.turnRtt' })
  expect(words({}, { path: 'direct', way: 'lan' })).toMatchObject({ key: 'path.direct' })
  expect(words({}, { path: 'direct', rttMs: 0.2 })).toMatchObject({ params: { ms: '1' } })
})

test('without a connection the words tell whom one waits for', () => {
  expect(words({}, { path: 'offline', waiting: true })).toMatchObject({ key: 'path.waiting', params: { name: 'Bob' } })
  expect(words({}, { waiting: true, wayOff: true })).toMatchObject({ key: 'path.ledgerOff' })
  expect(words({}, { waiting: true, nodesAsk: true })).toMatchObject({ key: 'path.nodesAsk' })
  expect(words({}, { path: 'direct', waiting: true, nodesAsk: true })).toMatchObject({ key: 'path.direct' })
  expect(words({ state: 'requested', requestState: 'sending' }, { nodesAsk: true })).toMatchObject({
    key: 'path.nodesAsk',
  })
  expect(words({})).toMatchObject({ key: 'path.offline' })
  expect(words({ online: true })).toMatchObject({ key: 'path.online' })
})

test('a request waits for the other to come online first and to accept then', () => {
  expect(words({ state: 'requested', requestState: 'sending' })).toMatchObject({ key: 'path.waiting' })
  expect(words({ state: 'requested', requestState: 'stored' })).toMatchObject({ key: 'path.requested' })
  expect(words({ state: 'requested', requestState: 'failed' })).toMatchObject({ key: 'path.requestFailed' })
  expect(words({ state: 'blocked' }, { path: 'direct' })).toMatchObject({ key: 'path.blocked' })
})

test('a request that costs waits until that is agreed to and can be paid', () => {
  const ask = { nanos: 5n, nodeId: 'a'.repeat(64), endpoint: 'wss://node.example', missing: 0n, agreed: 0n }
  const waiting = (change: Partial<typeof ask>) =>
    words({ state: 'requested', requestState: 'sending', postage: { ...ask, ...change } }).key
  expect(waiting({})).toBe('path.postage')
  expect(waiting({ agreed: 4n })).toBe('path.postage')
  expect(waiting({ agreed: 5n, missing: 1n })).toBe('path.postage')
  expect(waiting({ agreed: 5n })).toBe('path.waiting')
})

test('a passphrase grows stronger with length and variety', () => {
  expect(passphraseStrength('short')).toBe(0)
  expect(passphraseStrength('aaaaaaaaaaaaaaaaaaaaaaaaa')).toBe(1)
  expect(passphraseStrength('password')).toBe(1)
  expect(passphraseStrength('Blue kettle 7')).toBe(2)
  expect(passphraseStrength('seven blue kettles sing at dawn')).toBe(3)
})
