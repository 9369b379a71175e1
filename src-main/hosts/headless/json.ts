import type { ErrorCode, ParleyError } from '../../contract/index.ts'

/** JSON for bots: bigint as decimal string, bytes as base64, dates as ms since 1970. */
export function toJson(value: unknown): string {
  return JSON.stringify(prepare(value) ?? {})
}

function prepare(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (value instanceof Date) return value.getTime()
  if (Array.isArray(value)) return value.map(prepare)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, prepare(item)]))
}

/** HTTP status of a refusal; the code in the body is what programs should look at. */
const statuses: Partial<Record<ErrorCode, number>> = {
  unauthorized: 401,
  payment_required: 402,
  not_found: 404,
  no_identity: 409,
  conflict: 409,
  too_large: 413,
  locked: 423,
  rate_limited: 429,
  internal: 500,
  not_supported: 501,
  offline: 503,
  ledger_unreachable: 503,
  timeout: 504,
  storage_full: 507,
}

export function statusOf(error: ParleyError): number {
  return statuses[error.code] ?? 400
}

export function errorJson(error: ParleyError): string {
  return JSON.stringify({
    ok: false,
    error: { code: error.code, message: error.message, retryAfter: error.retryAfter, reason: error.reason },
  })
}
