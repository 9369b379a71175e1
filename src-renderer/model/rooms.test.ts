import { expect, test } from 'vitest'
import type { Room } from '../../src-main/contract/index.ts'
import { looksLikeRoom, memberWords, pauseKey, roomWords } from './rooms.ts'

const address = (digit: string) => `0x${digit.repeat(64)}`
const member = (digit: string, path: Room['members'][number]['path'], rttMs?: number): Room['members'][number] => ({
  address: address(digit),
  deviceId: digit.repeat(64),
  name: 'Ines',
  path,
  ...(rttMs === undefined ? {} : { rttMs }),
})
const room = (state: Room['state'], members: Room['members'] = []): Room => ({
  id: address('1'),
  title: 'Hut',
  link: 'parley:room/x',
  state,
  members,
  spent: { burned: 0n, deposit: 0n, relay: 0n },
  joinedAt: 0,
})

test('a room says in words how it stands, and counts people rather than devices', () => {
  expect(roomWords(room('joining')).key).toBe('room.state.joining')
  expect(roomWords(room('paused')).tone).toBe('bad')
  expect(roomWords(room('open', [member('2', 'direct')])).key).toBe('room.state.openOne')
  const two = [member('2', 'direct'), { ...member('2', 'direct'), deviceId: '9'.repeat(64) }, member('3', 'ledger')]
  expect(roomWords(room('open', [...two, member('4', 'offline')])).params).toEqual({ count: '2' })
})

test('the path of a member is told in words', () => {
  expect(memberWords(member('2', 'direct', 12.4))).toEqual({ key: 'path.directRtt', params: { ms: '12' }, tone: 'ok' })
  expect(memberWords(member('2', 'ledger', 5000))).toEqual({ key: 'path.ledger', tone: 'warn' })
  expect(memberWords(member('2', 'offline')).key).toBe('room.memberWaiting')
})

test('a paused room says why', () => {
  expect(pauseKey('payment_required')).toBe('room.pause.consent')
  expect(pauseKey('insufficient_funds')).toBe('room.pause.funds')
  expect(pauseKey(undefined)).toBe('room.pause.other')
})

test('a link to a room is told from a search', () => {
  expect(looksLikeRoom(' parley:room/abc')).toBe(true)
  expect(looksLikeRoom('parley:0x12')).toBe(false)
})
