import type { Clock } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { MAX_ANSWER_BYTES, REQUEST_TIMEOUT_MS } from './constants.ts'

export interface JsonAnswer {
  status: number
  body: unknown
}

/** Fetches JSON from one ledger, bounded in time and size; `close` ends what is under way. */
export class JsonHttp {
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #open = new Set<AbortController>()
  #closed = false

  constructor(clock: Clock, timeoutMs = REQUEST_TIMEOUT_MS) {
    this.#clock = clock
    this.#timeoutMs = timeoutMs
  }

  /** POSTs a body, or GETs without one. Throws `ledger_unreachable` for every failure on the way. */
  async request(url: string, body?: object): Promise<JsonAnswer> {
    if (this.#closed) throw new ParleyError('ledger_unreachable', 'The link to the ledger is closed.')
    const controller = new AbortController()
    this.#open.add(controller)
    const cancel = this.#clock.after(this.#timeoutMs, () => controller.abort())
    try {
      const response = await fetch(url, {
        method: body ? 'POST' : 'GET',
        headers: body ? { 'content-type': 'application/json' } : {},
        ...(body ? { body: JSON.stringify(body) } : {}),
        redirect: 'error',
        signal: controller.signal,
      })
      return { status: response.status, body: JSON.parse(await readBounded(response)) }
    } catch (cause) {
      throw new ParleyError('ledger_unreachable', 'The ledger cannot be reached.', { cause })
    } finally {
      cancel()
      this.#open.delete(controller)
    }
  }

  close(): void {
    this.#closed = true
    for (const controller of this.#open) controller.abort()
  }
}

async function readBounded(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > MAX_ANSWER_BYTES) throw new RangeError('the answer is too large')
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}
