import { type ErrorCode, isErrorCode, toParleyError } from '../../src-main/contract/index.ts'

/** The locale key of what went wrong; codes that the window has no words for read as `internal`. */
export function errorKey(code: string | undefined): `errors.${ErrorCode}` {
  return `errors.${isErrorCode(code) ? code : 'internal'}`
}

export function errorCode(thrown: unknown): ErrorCode {
  return toParleyError(thrown).code
}

/** `bad_address` says what is wrong with the address, in English; each sentence has its own words here. */
export function addressProblemKey(thrown: unknown): string {
  const { code, message } = toParleyError(thrown)
  if (code !== 'bad_address') return errorKey(code)
  if (/starts with 0x/.test(message)) return 'addressProblem.prefix'
  if (/checksum|mistake/.test(message)) return 'addressProblem.checksum'
  if (/64 digits/.test(message)) return 'addressProblem.length'
  if (/only the digits/.test(message)) return 'addressProblem.letters'
  return 'errors.bad_address'
}
