import { isErrorCode, ParleyError } from '../../contract/index.ts'
import type { LinkBody, LinkFrameName, LinkInput } from '../../wire/index.ts'

const answers: ReadonlySet<LinkFrameName> = new Set<LinkFrameName>([
  'challenge',
  'welcome',
  'ok',
  'error',
  'pong',
  'sector',
  'presence',
  'revocations',
  'devices',
  'sendResult',
  'accept',
  'stock',
  'keyPackages',
  'changes',
  'deviceFound',
  'logResult',
  'logEntries',
  'logAnswer',
  'fees',
  'closeConsent',
  'queryResult',
  'iceServers',
])

/** Whether such a frame may answer a request of this side. */
export function isAnswer(name: LinkFrameName): boolean {
  return answers.has(name)
}

/** An answer of another kind than was asked for. */
export function wrongAnswer(): ParleyError {
  return new ParleyError('invalid_params', 'The other side answered with something else.')
}

/** An error as it goes over a link, cut to what fits a frame. */
export function errorBody({ code, message, retryAfter, reason }: ParleyError): LinkInput<'error'> {
  return {
    code,
    message: message.slice(0, 200),
    retryAfter: retryAfter === undefined ? null : Math.min(Math.ceil(retryAfter), 0xffffffff),
    reason: reason === undefined ? null : reason.slice(0, 64),
  }
}

/** What a request is rejected with that was answered so. */
export function answeredError(body: LinkBody<'error'>): ParleyError {
  const code = isErrorCode(body.code) ? body.code : 'internal'
  return new ParleyError(code, body.message, {
    ...(body.retryAfter === null ? {} : { retryAfter: body.retryAfter }),
    ...(body.reason === null ? {} : { reason: body.reason }),
  })
}
