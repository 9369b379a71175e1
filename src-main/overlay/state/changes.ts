import type { Rows } from './database.ts'
import type { Row } from './sqlite.ts'
import { allowedSenders, storedDevice } from './facts.ts'
import type { Change, Fact } from './types.ts'

/** Rows that one call looks at, whoever they are of, for each that it may answer: a call must not hold the process up. */
const SCANNED_PER_CHANGE = 4
const MAX_SCANNED = 5_000
/** Bytes of facts that one call answers, one fact at least. */
const MAX_BYTES = 1024 * 1024

/** Where the facts stand, and each one's place in the order of changes. */
const TABLES = [
  { kind: 'mail', table: 'mail' },
  { kind: 'accepted', table: 'accepted' },
  { kind: 'revocation', table: 'revocation' },
  { kind: 'device', table: 'device' },
  { kind: 'allowed', table: 'owner' },
] as const
const PAGE = `SELECT * FROM (${TABLES.map(
  ({ kind, table }) =>
    `SELECT * FROM (SELECT seq, address, '${kind}' AS kind FROM ${table} WHERE seq > ?1 ORDER BY seq LIMIT ?2)`,
).join(' UNION ALL ')}) ORDER BY seq LIMIT ?2`

/** See NodeState.changes. */
export function changesAfter(
  rows: Rows,
  given: number,
  limit: number,
  wanted: (address: string) => boolean,
): { changes: Change[]; next: number } {
  // A cursor beyond the end is of a state that lost its newest changes, as one restored from a copy: all over again.
  const end = lastSeq(rows)
  const after = given > end ? 0 : given
  const changes: Change[] = []
  let next = after
  let bytes = 0
  for (const row of rows.all(PAGE, after, Math.min(SCANNED_PER_CHANGE * limit, MAX_SCANNED))) {
    const seq = Number(row['seq'])
    const fact = wanted(String(row['address'])) ? factAt(rows, String(row['kind']) as Fact['kind'], seq) : undefined
    if (fact) {
      bytes += sizeOf(fact)
      if (changes.length >= limit || (changes.length > 0 && bytes > MAX_BYTES)) break
      changes.push({ seq, fact })
    }
    next = seq
  }
  return { changes, next }
}

/** The newest place in the order of changes. */
export function lastSeq(rows: Rows): number {
  return Number(rows.get('SELECT seq FROM state')?.['seq'])
}

function factAt(rows: Rows, kind: Fact['kind'], seq: number): Fact | undefined {
  const table = TABLES.find((entry) => entry.kind === kind)?.table
  const row = rows.get(`SELECT * FROM ${table} WHERE seq = ?`, seq)
  return row && toFact(rows, kind, row)
}

function toFact(rows: Rows, kind: Fact['kind'], row: Row): Fact | undefined {
  const address = String(row['address'])
  const device = String(row['device'])
  switch (kind) {
    case 'mail':
      return { kind, ...storedMail(row) }
    case 'accepted':
      return {
        kind,
        address,
        device,
        digest: row['digest'] as Uint8Array,
        signature: row['signature'] as Uint8Array,
        expiresAt: Number(row['expires_at']),
      }
    case 'revocation':
      return { kind, address, device, signed: row['signed'] as Uint8Array }
    case 'device':
      return { kind, ...storedDevice(row) }
    case 'allowed':
      return storedAllowed(rows, row)
  }
}

/** Nothing for a list that nobody signed. */
function storedAllowed(rows: Rows, row: Row): Fact | undefined {
  const address = String(row['address'])
  const [certificate, signature] = [row['certificate'] as Uint8Array, row['signature'] as Uint8Array]
  if (signature.length === 0) return undefined
  const senders = allowedSenders(rows, address)
  return { kind: 'allowed', address, version: Number(row['version']), senders, certificate, signature }
}

function storedMail(row: Row) {
  return {
    address: String(row['address']),
    device: String(row['device']),
    envelopeId: String(row['envelope_id']),
    sender: String(row['sender']),
    request: Number(row['request']) === 1,
    expiresAt: Number(row['expires_at']),
    bytes: row['bytes'] as Uint8Array,
  }
}

/** About the bytes of the parts that can be large. */
function sizeOf(fact: Fact): number {
  if (fact.kind === 'mail') return fact.bytes.length
  if (fact.kind === 'allowed') return 64 * fact.senders.length
  return 1024
}
