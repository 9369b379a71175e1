import type { ActivityFilter, Transaction } from '../../src-main/contract/index.ts'

const DAY_MS = 86_400_000

/** What the fields of the filter hold; empty is "any". */
export interface FilterFields {
  direction: '' | Transaction['direction']
  state: '' | Transaction['state']
  /** Records that arrange connections, which anybody can leave in any number, stand in the list only when asked for. */
  kinds: '' | 'records' | 'all'
  text: string
  /** `YYYY-MM-DD` in the local zone, both days included. */
  from: string
  to: string
}

export const NO_FILTER: FilterFields = { direction: '', state: '', kinds: '', text: '', from: '', to: '' }

const RECORDS: readonly Transaction['kind'][] = ['signalling']
const MONEY: readonly Transaction['kind'][] = ['payment', 'faucet', 'merge', 'credit', 'other']

/** Whether the user looks for something, beside what is hidden from the first. */
export function isFiltered(fields: FilterFields): boolean {
  return filterOf({ ...fields, kinds: 'all' }) !== undefined || fields.kinds !== ''
}

/** The filter of the contract, or undefined where nothing is filtered. */
export function filterOf(fields: FilterFields): ActivityFilter | undefined {
  const from = startOfDay(fields.from)
  const to = startOfDay(fields.to)
  const text = fields.text.trim()
  const filter: ActivityFilter = {
    ...(fields.direction && { direction: fields.direction }),
    ...(fields.state && { state: fields.state }),
    ...(fields.kinds !== 'all' && { kinds: [...(fields.kinds === 'records' ? RECORDS : MONEY)] }),
    ...(text && { text }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to: nextDay(to) - 1 }),
  }
  return Object.keys(filter).length > 0 ? filter : undefined
}

function startOfDay(date: string): number | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(date)
  if (!match) return undefined
  const at = new Date(Number(match[1]), Number(match[2]) - 1, Number(match[3])).getTime()
  return at >= 0 ? at : 0
}

/** The next midnight; a day with a change of the clock has 23 or 25 hours. */
function nextDay(midnight: number): number {
  return new Date(midnight + DAY_MS + DAY_MS / 2).setHours(0, 0, 0, 0)
}

/** Whether a payment that just came belongs in a list with this filter; the same rules as the main process has. */
export function passes(transaction: Transaction, filter: ActivityFilter, name: string): boolean {
  const { direction, state, at, kind } = transaction
  if (filter.direction && filter.direction !== direction) return false
  if (filter.state && filter.state !== state) return false
  if (filter.kinds && !filter.kinds.includes(kind)) return false
  if (filter.from !== undefined && at < filter.from) return false
  if (filter.to !== undefined && at > filter.to) return false
  const words = [name, transaction.counterparty, transaction.note, transaction.digest].join('\n').toLowerCase()
  return words.includes((filter.text ?? '').toLowerCase())
}

/** The list with a new or changed payment in its place, newest first; one that does not pass any more is taken out. */
export function withTransaction(
  all: readonly Transaction[],
  transaction: Transaction,
  belongs: boolean,
): readonly Transaction[] {
  const at = all.findIndex(({ digest }) => digest === transaction.digest)
  if (at >= 0) return belongs ? all.with(at, transaction) : all.toSpliced(at, 1)
  if (!belongs) return all
  const place = all.findIndex((other) => other.at <= transaction.at)
  return all.toSpliced(place < 0 ? all.length : place, 0, transaction)
}

/** The locale key of what an activity was; `{name}` is the other person. */
export function activityKey({ kind, direction, counterparty, nanos }: Transaction): string {
  if (kind === 'faucet') return 'wallet.kind.faucet'
  if (kind === 'signalling') return direction === 'in' && counterparty ? 'wallet.recordFrom' : 'wallet.kind.signalling'
  if (kind === 'merge') return 'wallet.kind.merge'
  if (kind === 'credit' && direction === 'in') return nanos > 0n ? 'wallet.creditBack' : 'wallet.creditEnded'
  if (kind === 'credit') return 'wallet.kind.credit'
  if (kind === 'other') return 'wallet.kind.other'
  if (direction === 'self') return 'wallet.self'
  if (!counterparty) return `wallet.${direction}`
  return direction === 'in' ? 'wallet.from' : 'wallet.to'
}
