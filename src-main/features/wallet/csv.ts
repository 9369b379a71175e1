import type { ActivityRow } from '../../store/index.ts'

const HEADER = [
  'Date (UTC)',
  'Kind',
  'Direction',
  'State',
  'Name',
  'Address',
  'Amount (IOTA)',
  'Payment (IOTA)',
  'Fee burned (IOTA)',
  'Storage deposit (IOTA)',
  'Note',
  'Digest',
]
const NANOS_PER_IOTA = 1_000_000_000n
/** A spreadsheet takes a cell that begins so for a formula (OWASP, "CSV Injection"). */
const FORMULA = /^[=+\-@\t\r]/
const NUMBER = /^-?\d+\.\d{9}$/

/**
 * RFC 4180: a header line, CRLF, quotes doubled, IOTA with all nine decimals. The amount is what changed the balance beside
 * the fee, negative where it left the account: over a whole history, amounts less fees and deposits sum to the balance.
 * The payment is what it was to be, also where it failed, is not final, or went from the account to itself.
 */
export function toCsv(rows: readonly ActivityRow[], nameOf: (address: string) => string | undefined): string {
  return [HEADER, ...rows.map((row) => line(row, nameOf))].map((cells) => `${cells.map(cell).join(',')}\r\n`).join('')
}

function line(row: ActivityRow, nameOf: (address: string) => string | undefined): string[] {
  const { counterparty } = row
  // The fee of what is not final is an estimate, and the balance does not show it yet.
  const fee = row.state === 'pending' ? undefined : row.fee
  const at = new Date(row.at)
  return [
    Number.isNaN(at.getTime()) ? '' : at.toISOString(),
    row.kind,
    row.direction,
    row.state,
    counterparty === undefined ? '' : (nameOf(counterparty) ?? ''),
    counterparty ?? '',
    iota(change(row)),
    iota(row.nanos),
    fee === undefined ? '' : iota(fee.burned),
    fee === undefined ? '' : iota(fee.deposit),
    row.note ?? '',
    row.digest,
  ]
}

function change({ direction, state, nanos }: ActivityRow): bigint {
  if (state !== 'done' || direction === 'self') return 0n
  return direction === 'out' ? -nanos : nanos
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
