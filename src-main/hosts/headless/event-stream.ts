import type { ServerResponse } from 'node:http'
import type { App } from '../../app/index.ts'
import type { Clock } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { errorJson, toJson } from './json.ts'
import { HEARTBEAT_MS, MAX_EVENT_BUFFER_BYTES, MAX_EVENT_CLIENTS, MAX_EVENT_DATA_BYTES } from './limits.ts'

/** Events for bots as server-sent events (HTML Living Standard, section 9.2); a reader that does not keep up is cut off. */
export class EventStream {
  readonly #app: App
  readonly #clock: Clock
  /** With the bytes of data that are on their way to each. */
  readonly #clients = new Map<ServerResponse, number>()
  #unsubscribe = () => {}
  #stopHeartbeat = () => {}

  constructor(app: App, clock: Clock) {
    this.#app = app
    this.#clock = clock
  }

  get clients(): number {
    return this.#clients.size
  }

  start(): void {
    this.#unsubscribe = this.#app.subscribe((event, payload) => {
      if (this.#clients.size > 0) this.#write(`data: ${toJson({ event, payload })}\n\n`, event === 'room.data')
    })
    this.#beat()
  }

  add(response: ServerResponse): void {
    if (this.#clients.size >= MAX_EVENT_CLIENTS) {
      const refusal = new ParleyError('rate_limited', 'Too many listeners.')
      response.writeHead(429, { 'content-type': 'application/json' }).end(errorJson(refusal))
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', connection: 'keep-alive' })
    response.write(': connected\n\n')
    this.#clients.set(response, 0)
    response.on('close', () => this.#clients.delete(response))
  }

  stop(): void {
    this.#unsubscribe()
    this.#stopHeartbeat()
    for (const client of this.#clients.keys()) client.destroy()
    this.#clients.clear()
  }

  #beat(): void {
    this.#stopHeartbeat = this.#clock.after(HEARTBEAT_MS, () => {
      this.#write(': still here\n\n')
      this.#beat()
    })
  }

  #write(text: string, isData = false): void {
    for (const [client, data] of this.#clients) {
      if (client.writableLength > MAX_EVENT_BUFFER_BYTES + data || data > MAX_EVENT_DATA_BYTES) client.destroy()
      else if (isData) this.#writeData(client, text)
      else client.write(text)
    }
  }

  #writeData(client: ServerResponse, text: string): void {
    const change = (bytes: number) => {
      const before = this.#clients.get(client)
      if (before !== undefined) this.#clients.set(client, before + bytes)
    }
    change(text.length)
    client.write(text, () => change(-text.length))
  }
}
