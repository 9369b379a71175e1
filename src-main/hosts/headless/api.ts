import type { IncomingMessage, ServerResponse } from 'node:http'
import type { App } from '../../app/index.ts'
import { deadline, type Log } from '../../base/index.ts'
import { invoke, ParleyError, toParleyError } from '../../contract/index.ts'
import { readParams } from './body.ts'
import { errorJson, statusOf, toJson } from './json.ts'
import { CALL_TIMEOUT_MS, MAX_CALLS_IN_FLIGHT } from './limits.ts'

/** The calls of the contract for bots: `POST /call/{method}`. */
export class Api {
  readonly #app: App
  readonly #log: Log
  #inFlight = 0

  constructor(app: App, log: Log) {
    this.#app = app
    this.#log = log
  }

  async handle(method: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#inFlight++
    try {
      sendJson(response, 200, `{"ok":true,"result":${toJson(await this.#call(method, request))}}`)
    } catch (thrown) {
      this.#refuse(method, thrown, request, response)
    } finally {
      this.#inFlight--
    }
  }

  async #call(method: string, request: IncomingMessage): Promise<unknown> {
    if (request.method !== 'POST') throw new ParleyError('invalid_params', 'Calls are made by POST.')
    if (this.#inFlight > MAX_CALLS_IN_FLIGHT) {
      throw new ParleyError('rate_limited', 'Too many calls at once.', { retryAfter: 1000 })
    }
    const params = await readParams(method, request)
    this.#app.touch()
    return await deadline(invoke(this.#app.handlers, method, params), CALL_TIMEOUT_MS, 'The call took too long.')
  }

  #refuse(method: string, thrown: unknown, request: IncomingMessage, response: ServerResponse): void {
    const error = toParleyError(thrown)
    if (error.code === 'internal') this.#log.error({ method, error: String(error.cause) }, 'a call failed')
    // The rest of an oversized body is not read: the connection goes with the answer.
    if (!request.complete) response.setHeader('connection', 'close')
    sendJson(response, statusOf(error), errorJson(error))
  }
}

export function sendJson(response: ServerResponse, status: number, json: string): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(json)
}
