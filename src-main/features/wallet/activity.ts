import { equal } from '../../base/index.ts'
import type { Transaction } from '../../contract/index.ts'
import type { LedgerTransaction } from '../../ledger/index.ts'
import type { ActivityRow } from '../../store/index.ts'
import { CARD_MAGIC, LETTER_MAGIC, ROOM_MAGIC } from '../../wire/index.ts'

/** What Parley leaves on the ledger to arrange connections. */
const RECORDS = [CARD_MAGIC, LETTER_MAGIC, ROOM_MAGIC]

function isRecord({ memoHead }: LedgerTransaction): boolean {
  return memoHead !== undefined && RECORDS.some((magic) => equal(memoHead.subarray(0, magic.length), magic))
}

/** A ledger's transaction as one account sees it. */
export function fromLedger(transaction: LedgerTransaction, account: number, self: string): ActivityRow {
  const mine = transaction.sender === self
  const others = transaction.changes.filter((change) => change.address !== self)
  const gained = others.filter((change) => change.nanos > 0n)
  const direction = mine ? (gained.length > 0 ? 'out' : 'self') : 'in'
  const nanos = mine ? gained.reduce((sum, change) => sum + change.nanos, 0n) : transaction.change
  const moved = nanos !== 0n
  return {
    account,
    digest: transaction.digest,
    at: transaction.at,
    kind: isRecord(transaction) ? 'signalling' : moved ? 'payment' : 'other',
    direction,
    counterparty: mine ? gained[0]?.address : transaction.sender,
    nanos: nanos < 0n ? -nanos : nanos,
    fee: mine ? transaction.fee : undefined,
    state: transaction.status === 'success' ? 'done' : 'failed',
    failure: transaction.error,
    synced: true,
  }
}

/**
 * What the ledger says, with what only this device knows: what it was for, and for a payment to oneself or one that failed
 * how much it was to be, of which the ledger shows nothing.
 */
export function merged(seen: ActivityRow, known: ActivityRow | undefined): ActivityRow {
  if (!known) return seen
  const told = withoutRelay(seen, known)
  // A channel is nobody's address: the ledger shows only what the node gets at the end.
  const shown = told.nanos !== 0n && known.kind !== 'credit'
  return {
    ...told,
    kind: shown && known.kind === 'other' ? told.kind : known.kind,
    direction: shown ? told.direction : known.direction,
    counterparty: (shown ? told.counterparty : undefined) ?? known.counterparty,
    nanos: shown ? told.nanos : known.nanos,
  }
}

/** Only this device knows which output was for whoever forwarded the transaction: that is a fee, and no payment. */
function withoutRelay(told: ActivityRow, known: ActivityRow): ActivityRow {
  const relay = known.fee?.relay ?? 0n
  if (relay === 0n || told.state !== 'done' || !told.fee || told.nanos < relay) return told
  return { ...told, nanos: told.nanos - relay, counterparty: known.counterparty, fee: { ...told.fee, relay } }
}

export function sameActivity(a: ActivityRow, b: ActivityRow): boolean {
  return a.state === b.state && a.at === b.at && a.nanos === b.nanos && a.kind === b.kind
}

export function view(row: ActivityRow): Transaction {
  return {
    digest: row.digest,
    account: row.account,
    kind: row.kind,
    ...(row.note === undefined ? {} : { note: row.note }),
    direction: row.direction,
    ...(row.counterparty === undefined ? {} : { counterparty: row.counterparty }),
    nanos: row.nanos,
    ...(row.fee === undefined ? {} : { fee: row.fee }),
    at: row.at,
    state: row.state,
    ...(row.failure === undefined ? {} : { failure: row.failure }),
  }
}
