import { isIP } from 'node:net'
import { ParleyError } from '../../contract/index.ts'

/** Splits `host:port` and refuses whatever is not this machine alone. Throws `invalid_params`. */
export function parseListen(text: string): { host: string; port: number } {
  const match = /^(\[::1\]|[^:[\]]+):(\d{1,5})$/.exec(text)
  const host = match?.[1]?.replace(/^\[|\]$/g, '') ?? ''
  const port = Number(match?.[2] ?? Number.NaN)
  if (!match || port > 65_535)
    throw new ParleyError('invalid_params', 'An address to listen at is given as 127.0.0.1:PORT.')
  const loopback = host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
  if (!loopback) {
    throw new ParleyError(
      'invalid_params',
      'The window and the bot interface listen on this machine only: 127.0.0.1:PORT.',
    )
  }
  return { host, port }
}
