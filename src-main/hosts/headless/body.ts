import type { IncomingMessage } from 'node:http'
import { ParleyError } from '../../contract/index.ts'
import { MAX_BODY_BYTES, MAX_DATA_BODY_BYTES } from './limits.ts'

/** Parameters that are bytes, and in JSON base64 (RFC 4648). */
const BYTES: Readonly<Record<string, string>> = { 'rooms.sendData': 'data' }

/** The parameters of a call from its JSON body; an empty one is `{}`. Throws `too_large` or `invalid_params`. */
export async function readParams(method: string, request: IncomingMessage): Promise<unknown> {
  const name = Object.hasOwn(BYTES, method) ? BYTES[method] : undefined
  const params = await readJson(request, name === undefined ? MAX_BODY_BYTES : MAX_DATA_BODY_BYTES)
  if (name === undefined || params === null || typeof params !== 'object' || !(name in params)) return params
  const text = (params as Record<string, unknown>)[name]
  return { ...params, [name]: typeof text === 'string' ? fromBase64(text) : text }
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const bytes = Buffer.from(text, 'base64')
  // The decoder passes over what it does not know, and with it over a mistake.
  if (bytes.toString('base64') !== text) throw new ParleyError('invalid_params', 'Bytes are written in base64.')
  return new Uint8Array(bytes)
}

async function readJson(request: IncomingMessage, most: number): Promise<unknown> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > most)
      throw new ParleyError('too_large', `This call has at most ${Math.floor(most / 1024 / 1024)} MiB.`)
    chunks.push(chunk)
  }
  if (length === 0) return {}
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)))
  } catch (cause) {
    throw new ParleyError('invalid_params', 'The body is not JSON.', { cause })
  }
}
