import type { IncomingMessage } from 'node:http'
import { ParleyError } from '../../contract/index.ts'
import { MAX_BODY_BYTES } from './limits.ts'

/** The request's body as JSON; an empty one is `{}`. Throws `too_large` or `invalid_params`. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > MAX_BODY_BYTES) throw new ParleyError('too_large', 'A call has at most 1 MiB.')
    chunks.push(chunk)
  }
  if (length === 0) return {}
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)))
  } catch (cause) {
    throw new ParleyError('invalid_params', 'The body is not JSON.', { cause })
  }
}
