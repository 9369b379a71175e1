import { expect, test } from 'vitest'
import type { ActivityRow } from '../../store/index.ts'
import { toCsv } from './csv.ts'

const row: ActivityRow = {
  account: 0,
  digest: 'D1',
  at: Date.UTC(2026, 10, 21, 6, 0, 1),
  kind: 'payment',
  direction: 'out',
  counterparty: '0xb0b',
  nanos: 1_500_000_000n,
  fee: { burned: 1_000_000n, deposit: -980_400n, relay: 0n },
  state: 'done',
  failure: undefined,
  synced: true,
  note: 'Lunch',
}

test('RFC 4180: CRLF, quotes where they are needed and doubled, all nine decimals', () => {
  const csv = toCsv([row, { ...row, direction: 'in', fee: undefined, note: 'say "hi", then\r\ngo' }], () => 'Bob')
  expect(csv.split('\r\n').slice(1, 2)).toEqual([
    '2026-11-21T06:00:01.000Z,payment,out,done,Bob,0xb0b,-1.500000000,1.500000000,0.001000000,-0.000980400,Lunch,D1',
  ])
  expect(csv).toContain(',in,done,Bob,0xb0b,1.500000000,1.500000000,,,"say ""hi"", then\r\ngo",D1\r\n')
})

test('a spreadsheet takes no name and no note for a formula', () => {
  for (const start of ['=', '+', '-', '@', '\t', '\r']) {
    const text = `${start}HYPERLINK("http://x")`
    const csv = toCsv([{ ...row, note: text }], () => text)
    expect(csv).toContain(`"'${text.replaceAll('"', '""')}"`)
    expect(csv.split(/[,\n]/).filter((cell) => /^"?[=+@\t]/.test(cell))).toEqual([])
  }
})

test('what did not change the balance has no amount, and what is not final no fee', () => {
  const cells = (change: Partial<ActivityRow>) =>
    toCsv([{ ...row, ...change }], () => 'Bob')
      .split('\r\n')[1]
      ?.split(',')
      .slice(6, 10)
  expect(cells({ direction: 'self' })).toEqual(['0.000000000', '1.500000000', '0.001000000', '-0.000980400'])
  expect(cells({ state: 'failed' })).toEqual(['0.000000000', '1.500000000', '0.001000000', '-0.000980400'])
  expect(cells({ state: 'failed', fee: undefined })).toEqual(['0.000000000', '1.500000000', '', ''])
  expect(cells({ state: 'pending' })).toEqual(['0.000000000', '1.500000000', '', ''])
})

test('times that are none do not end the export', () => {
  expect(toCsv([{ ...row, at: Number.MAX_SAFE_INTEGER }], () => undefined)).toContain('\r\n,payment,out')
})
