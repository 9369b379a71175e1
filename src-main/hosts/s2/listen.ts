import { ParleyError } from '../../contract/index.ts'

/** Splits the `host:port` of a flag; an IPv6 address stands in brackets. Throws `invalid_params`. */
export function parseListen(flag: string, text: string): { host: string; port: number } {
  const match = /^(\[[0-9a-fA-F:]+\]|[^\s:/]+):(\d{1,5})$/.exec(text)
  const port = Number(match?.[2])
  if (!match?.[1] || port > 65_535) throw new ParleyError('invalid_params', `${flag} is host:port, as 127.0.0.1:0.`)
  return { host: match[1].replace(/^\[|\]$/g, ''), port }
}
