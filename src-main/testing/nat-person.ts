import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { EventName, EventPayload, MethodInput, MethodName, MethodResult } from '../contract/index.ts'
import type { NatHost } from './nat-lab.ts'
import { Process } from './processes.ts'

const WAIT_MS = 30_000

export interface Heard {
  name: EventName
  payload: unknown
  /** `performance.now()` of this process. */
  at: number
}

/** A real daemon on a host of a NAT lab, and its API from outside. */
export class NatPerson {
  readonly host: NatHost
  readonly heard: Heard[] = []
  readonly #daemon: Process
  readonly #socket: string
  readonly #listeners = new Set<() => void>()
  #bridge: ChildProcess | undefined
  #events: IncomingMessage | undefined
  address = ''

  constructor(host: NatHost, folder: string, network: { ledger: string; node: string }) {
    this.host = host
    this.#socket = join(folder, 'api.sock')
    const args = ['--profile', join(folder, 'profile'), '--ledger', network.ledger, '--s2', network.node]
    const env = { PARLEY_PASSPHRASE: 'correct horse battery' }
    this.#daemon = new Process('daemon', [...args, '--keystore', 'vault'], env, host.prefix)
  }

  /** The last lines of its log, for a failing test. */
  get log(): string {
    return this.#daemon.log
  }

  async start(name: string): Promise<void> {
    await this.#daemon.start()
    const { port } = new URL(this.#daemon.ready['api'] ?? '')
    const entry = new URL('./nat-bridge.ts', import.meta.url).pathname
    const [program = '', ...args] = [...this.host.prefix, process.execPath, entry, this.#socket, port]
    this.#bridge = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    if (this.#bridge.stdout) await once(this.#bridge.stdout, 'data')
    await this.#listen()
    this.address = (await this.call('identity.create', { name })).address
  }

  async call<K extends MethodName>(method: K, params: MethodInput<K>): Promise<MethodResult<K>> {
    const response = await this.#ask(`/call/${method}`, JSON.stringify(params))
    const parts: Buffer[] = []
    for await (const part of response) parts.push(part as Buffer)
    const answer = JSON.parse(Buffer.concat(parts).toString()) as {
      ok: boolean
      result: MethodResult<K>
      error?: unknown
    }
    if (!answer.ok) throw new Error(`${method}: ${JSON.stringify(answer.error)}\n${this.#daemon.log}`)
    return answer.result
  }

  /** The first event since `from` that the test accepts, past ones included; its time is when it came. */
  async until<K extends EventName>(
    name: K,
    accept: (payload: EventPayload<K>) => boolean,
    { from = 0, ms = WAIT_MS } = {},
  ): Promise<number> {
    const find = () =>
      this.heard.find((each) => each.at >= from && each.name === name && accept(each.payload as EventPayload<K>))
    const found = find()
    if (found) return found.at
    return await new Promise((resolve, reject) => {
      const look = () => {
        const next = find()
        if (next) finish(() => resolve(next.at))
      }
      const timer = setTimeout(() => finish(() => reject(new Error(`no ${name} in time\n${this.#daemon.log}`))), ms)
      const finish = (settle: () => void) => {
        clearTimeout(timer)
        this.#listeners.delete(look)
        settle()
      }
      this.#listeners.add(look)
    })
  }

  async stop(): Promise<void> {
    this.#events?.destroy()
    await this.#daemon.stop()
    const bridge = this.#bridge
    if (!bridge || bridge.exitCode !== null || bridge.signalCode !== null) return
    const ended = once(bridge, 'exit')
    bridge.kill('SIGKILL')
    await ended
  }

  async #listen(): Promise<void> {
    const response = await this.#ask('/events')
    this.#events = response
    response.on('error', () => {})
    createInterface(response).on('line', (line) => {
      if (!line.startsWith('data: ')) return
      const { event, payload } = JSON.parse(line.slice('data: '.length)) as { event: EventName; payload: unknown }
      this.heard.push({ name: event, payload, at: performance.now() })
      for (const listener of [...this.#listeners]) listener()
    })
  }

  #ask(path: string, body?: string): Promise<IncomingMessage> {
    const { api = '', token = '' } = this.#daemon.ready
    const headers = { host: new URL(api).host, authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    return new Promise((resolve, reject) => {
      const method = body === undefined ? 'GET' : 'POST'
      const asked = request({ socketPath: this.#socket, path, method, headers }, resolve)
      asked.on('error', reject)
      asked.end(body)
    })
  }
}
