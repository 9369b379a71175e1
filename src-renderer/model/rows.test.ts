import { expect, test } from 'vitest'
import type { Contact } from '../../src-main/contract/index.ts'
import { chatRows, filterRows } from './rows.ts'

const contact = (digit: string, changes: Partial<Contact>): Contact => ({
  address: `0x${digit.repeat(64)}`,
  name: `Person ${digit}`,
  state: 'accepted',
  verified: false,
  online: false,
  addedAt: Number(digit),
  ...changes,
})

test('people who wait for an answer come first, then the latest; blocked people are left out', () => {
  const rows = chatRows(
    [contact('1', {}), contact('2', { state: 'incoming' }), contact('3', { state: 'blocked' }), contact('4', {})],
    [{ id: contact('1', {}).address, kind: 'direct', title: '', unread: 2, last: undefined }],
  )
  expect(rows.map((row) => row.name)).toEqual(['Person 2', 'Person 4', 'Person 1'])
  expect(rows[2]?.unread).toBe(2)
})

test('a filter ignores accents and case and reads addresses', () => {
  const rows = [
    { name: 'José', address: '0xabc' },
    { name: 'Bob', address: '0xdef' },
  ]
  expect(filterRows(rows, 'jose')).toHaveLength(1)
  expect(filterRows(rows, 'XDE')).toHaveLength(1)
  expect(filterRows(rows, '')).toHaveLength(2)
})
