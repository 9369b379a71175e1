import * as v from 'valibot'
import { isErrorCode, ParleyError } from '../../contract/index.ts'

/** Longer than the daemon's own limit of a call, so that its answer comes first. */
const TIMEOUT_MS = 70_000

const answerSchema = v.variant('ok', [
  v.object({ ok: v.literal(true), result: v.unknown() }),
  v.object({ ok: v.literal(false), error: v.object({ code: v.string(), message: v.string() }) }),
])

/** A daemon's HTTP API from another process. Throws the ParleyError that the daemon gives; `offline` without a daemon. */
export class DaemonClient {
  readonly #api: string
  readonly #token: string

  constructor(api: string, token: string) {
    this.#api = api.replace(/\/$/, '')
    this.#token = token
  }

  async call(method: string, params: unknown): Promise<unknown> {
    const response = await this.#post(`/call/${encodeURIComponent(method)}`, JSON.stringify(params))
    const answer = v.safeParse(answerSchema, response)
    if (!answer.success) throw new ParleyError('unsupported_version', 'This is not the answer of a Parley daemon.')
    if (answer.output.ok) return answer.output.result
    const { code, message } = answer.output.error
    throw new ParleyError(isErrorCode(code) ? code : 'internal', message)
  }

  async #post(path: string, body: string): Promise<unknown> {
    const headers = { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' }
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS)
      const response = await fetch(`${this.#api}${path}`, { method: 'POST', headers, body, signal })
      return await response.json()
    } catch (cause) {
      throw new ParleyError('offline', `No Parley daemon answers at ${this.#api}.`, { cause })
    }
  }
}
