import type { ActivityRow } from '../../store/index.ts'

const HEADER = [
  'Date (UTC)',
  'Kind',
  'Direction',
  'State',
  'Name',
  'Address',
  'Amount (IOTA)',
  'Fee burned (IOTA)',
  'Storage deposit (IOTA)',
  'Note',
  'Digest',
]
const NANOS_PER_IOTA = 1_000_000_000n
/** A spreadsheet takes a cell that begins so for a formula (OWASP, "CSV Injection"). */
const FORMULA = /^[=+\-@\t\r]/
const NUMBER = /^-?\d+\.\d{9}$/

/** RFC 4180: a header line, CRLF, quotes doubled. Amounts of IOTA have all nine decimals, out of the account negative. */
export function toCsv(rows: readonly ActivityRow[], nameOf: (address: string) => string | undefined): string {
  return [HEADER, ...rows.map((row) => line(row, nameOf))].map((cells) => `${cells.map(cell).join(',')}\r\n`).join('')
}

function line(row: ActivityRow, nameOf: (address: string) => string | undefined): string[] {
  const { counterparty, fee } = row
  const at = new Date(row.at)
  return [
    Number.isNaN(at.getTime()) ? '' : at.toISOString(),
    row.kind,
    row.direction,
    row.state,
    counterparty === undefined ? '' : (nameOf(counterparty) ?? ''),
    counterparty ?? '',
    iota(row.direction === 'out' ? -row.nanos : row.nanos),
    fee === undefined ? '' : iota(fee.burned),
    fee === undefined ? '' : iota(fee.deposit),
    row.note ?? '',
    row.digest,
  ]
}

function iota(nanos: bigint): string {
  const size = nanos < 0n ? -nanos : nanos
  const decimals = (size % NANOS_PER_IOTA).toString().padStart(9, '0')
  return `${nanos < 0n ? '-' : ''}${size / NANOS_PER_IOTA}.${decimals}`
}

/** Our own numbers may begin with a minus; nothing else may begin as a formula does. */
function cell(text: string): string {
  const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
