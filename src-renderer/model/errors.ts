import { type ErrorCode, isErrorCode, toParleyError } from '../../src-main/contract/index.ts'

/** The locale key of what went wrong; codes that the window has no words for read as `internal`. */
export function errorKey(code: string | undefined): `errors.${ErrorCode}` {
  return `errors.${isErrorCode(code) ? code : 'internal'}`
}

export function errorCode(thrown: unknown): ErrorCode {
  return toParleyError(thrown).code
}

export function errorReason(thrown: unknown): string | undefined {
  return toParleyError(thrown).reason
}

/** Reasons that have a sentence of their own, whatever the code. */
const reasons: Readonly<Record<string, string>> = {
  other_ledger: 'reasons.wrongLedger',
  same_ledger: 'reasons.sameLedger',
  wrong_network: 'reasons.wrongNetwork',
  many_coins: 'reasons.manyCoins',
  coins_changed: 'reasons.coinsChanged',
  payment_failed: 'reasons.paymentFailed',
  dust: 'pay.problem.zero',
  request_paying: 'reasons.requestClosed',
  request_paid: 'reasons.requestClosed',
  request_declined: 'reasons.requestClosed',
  request_cancelled: 'reasons.requestClosed',
  other_prices: 'reasons.nodeDiffers',
  higher_prices: 'reasons.nodeDearer',
  higher_fee: 'reasons.endDearer',
  node_address: 'reasons.nodeAddress',
  node_away: 'reasons.nodeAway',
  node_other_ledger: 'reasons.nodeOtherLedger',
  node_certificate: 'reasons.nodeCertificate',
  node_known: 'reasons.nodeKnown',
  node_limit: 'reasons.nodeLimit',
  node_at_start: 'reasons.nodeAtStart',
  other_record: 'reasons.nodeDiffers',
  other_contract: 'reasons.nodeDiffers',
  other_channel: 'reasons.nodeDiffers',
  long_hold: 'reasons.longHold',
  credit_closing: 'reasons.creditClosing',
  credit_owes: 'reasons.creditOwes',
  room_link: 'reasons.roomLink',
  room_secret: 'room.secretHint',
  room_secret_typo: 'room.secretTypo',
}

/** The locale key for why the ledger that answers is not used. */
export function reasonKey(reason: 'other_ledger' | 'same_ledger'): string {
  return reasons[reason] ?? errorKey('conflict')
}

/** A relay node refuses with the NANOS that it asks for. */
const NODE_ASKS = /^nanos:\d+$/

/** The locale key for what was thrown: by its reason where there are words for it, else by its code. */
export function problemKey(thrown: unknown): string {
  const { code, reason } = toParleyError(thrown)
  if (code === 'payment_required' && NODE_ASKS.test(reason ?? '')) return 'reasons.nodeAsks'
  return reasons[reason ?? ''] ?? errorKey(code)
}

/** Sentences that only say what went wrong, where those of the errors also say to try again. */
const withoutAdvice: Readonly<Record<string, string>> = { timeout: 'reasons.noAnswer', internal: 'reasons.wentWrong' }

/** As `problemKey`, beside a button that says to try again. */
export function retryKey(thrown: unknown): string {
  const key = problemKey(thrown)
  const [kind, code = ''] = key.split('.')
  return (kind === 'errors' && withoutAdvice[code]) || key
}

/** What is wrong with an address, by the `reason` of `bad_address`. */
const addressProblems: Readonly<Record<string, string>> = {
  address_prefix: 'addressProblem.prefix',
  address_digits: 'addressProblem.letters',
  address_length: 'addressProblem.length',
  address_checksum: 'addressProblem.checksum',
}

/** What is wrong with a payment link, by its reason. */
const linkProblems: Readonly<Record<string, string>> = {
  link_form: 'reasons.linkForm',
  link_amount: 'reasons.linkAmount',
  link_network: 'reasons.linkForm',
  link_requires: 'reasons.linkRequires',
}

/** The locale key for what is wrong with an address or a payment link that was typed. */
export function addressProblemKey(thrown: unknown): string {
  const { code, reason } = toParleyError(thrown)
  if (code !== 'bad_address') return linkProblems[reason ?? ''] ?? problemKey(thrown)
  return addressProblems[reason ?? ''] ?? 'errors.bad_address'
}
