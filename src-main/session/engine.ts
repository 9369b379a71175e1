import { backoff, type Clock, Emitter, type Log, type Random, type Secret, systemRandom } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'
import { MAX_PENDING_REQUESTS, REQUEST_TIMEOUT_MS, RESTART_FIRST_MS, RESTART_MOST_MS } from './constants.ts'
import { RESTART_RESET_MS, START_TIMEOUT_MS } from './constants.ts'
import { buffersOf, type FromWorker, fromWireError, type MlsMethod, ownBytes } from './rpc.ts'
import type { MlsEngine, MlsWorker, SpawnMlsWorker } from './types.ts'

export interface EngineParts {
  spawn: SpawnMlsWorker
  identity: {
    /** The device's `SignedDeviceCertificate`. */
    certificate: Uint8Array
    /** Ed25519 seed of the device key, 32 bytes. */
    deviceSeed: Secret
  }
  clock: Clock
  log: Log
  random?: Random
}

interface Pending {
  resolve: (value: unknown) => void
  reject: (error: ParleyError) => void
  cancel: () => void
}

/** The MLS worker thread as a client: one request, one answer, a deadline on each, and a new thread after a crash. */
export function createMlsEngine(parts: EngineParts): MlsEngine {
  const client = new WorkerClient(parts)
  const call =
    <K extends MlsMethod>(method: K) =>
    (...args: Parameters<MlsEngine[K]>) =>
      client.request(method, args) as ReturnType<MlsEngine[K]>
  return {
    start: () => client.start(),
    stop: () => client.stop(),
    onRestart: (listener) => client.events.on('restart', listener),
    createKeyPackages: call('createKeyPackages'),
    createGroup: call('createGroup'),
    join: call('join'),
    welcomeRefs: call('welcomeRefs'),
    load: call('load'),
    members: call('members'),
    encrypt: call('encrypt'),
    receive: call('receive'),
    update: call('update'),
    standing: call('standing'),
    prepareUpdate: call('prepareUpdate'),
    adoptUpdate: call('adoptUpdate'),
    followUpdate: call('followUpdate'),
    forget: call('forget'),
  }
}

class WorkerClient {
  readonly events: Emitter<{ restart: undefined }>
  readonly #parts: EngineParts
  readonly #pending = new Map<number, Pending>()
  #worker: MlsWorker | undefined
  #ready: Promise<void> | undefined
  #nextId = 1
  #crashes = 0
  #startedAt = 0
  #running = false
  #cancelRestart = () => {}

  constructor(parts: EngineParts) {
    this.#parts = parts
    this.events = new Emitter((error) => parts.log.error({ err: error }, 'a listener of the engine failed'))
  }

  async start(): Promise<void> {
    if (this.#running) return
    this.#running = true
    this.#ready = this.#launch()
    try {
      await this.#ready
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  async stop(): Promise<void> {
    this.#running = false
    this.#cancelRestart()
    const worker = this.#worker
    this.#worker = undefined
    this.#ready = undefined
    this.#rejectAll(stopped())
    await worker?.terminate()
  }

  async request(method: MlsMethod, args: unknown[]): Promise<unknown> {
    const ready = this.#ready
    if (!this.#running || !ready) throw stopped()
    if (this.#pending.size >= MAX_PENDING_REQUESTS)
      throw new ParleyError('rate_limited', 'Too many messages at once; some wait a moment.', { retryAfter: 1000 })
    // Copied before the wait: the caller may change its buffers.
    const own = ownBytes(args)
    return new Promise((resolve, reject) => {
      const id = this.#expect(resolve, reject, REQUEST_TIMEOUT_MS)
      ready.then(
        () => this.#post(id, { kind: 'request', id, method, args: own, now: this.#parts.clock.now() }),
        (error: ParleyError) => this.#settle(id, (pending) => pending.reject(error)),
      )
    })
  }

  #launch(): Promise<void> {
    const worker = this.#parts.spawn()
    this.#worker = worker
    this.#startedAt = this.#parts.clock.steady()
    const { certificate, deviceSeed } = this.#parts.identity
    return new Promise((resolve, reject) => {
      const started = this.#expect(() => resolve(), reject, START_TIMEOUT_MS)
      worker.onMessage((message) => this.#onMessage(worker, started, message as FromWorker))
      worker.onExit((error) => this.#onExit(worker, error))
      const start = {
        kind: 'start',
        certificate: new Uint8Array(certificate),
        deviceSeed: new Uint8Array(deviceSeed.use()),
      }
      worker.post(start, buffersOf(start))
    })
  }

  #expect(resolve: (value: unknown) => void, reject: (error: ParleyError) => void, timeoutMs: number): number {
    const id = this.#nextId++
    const timer = setTimeout(() => this.#onTimeout(), timeoutMs)
    timer.unref()
    this.#pending.set(id, { resolve, reject, cancel: () => clearTimeout(timer) })
    return id
  }

  #post(id: number, message: object): void {
    if (this.#pending.has(id)) this.#worker?.post(message, buffersOf(message))
  }

  #settle(id: number, how: (pending: Pending) => void): void {
    const pending = this.#pending.get(id)
    if (!pending) return
    this.#pending.delete(id)
    pending.cancel()
    how(pending)
  }

  #rejectAll(error: ParleyError): void {
    for (const id of [...this.#pending.keys()]) this.#settle(id, (pending) => pending.reject(error))
  }

  #onMessage(worker: MlsWorker, started: number, message: FromWorker): void {
    if (worker !== this.#worker) return
    if (message.kind === 'ready') this.#settle(started, (pending) => pending.resolve(undefined))
    else if (message.kind === 'answer') this.#settle(message.id, (pending) => pending.resolve(message.value))
    else this.#settle(message.id, (pending) => pending.reject(fromWireError(message.error)))
  }

  /** What hangs may still finish and leave its memory ahead of the database, so the whole thread goes. */
  #onTimeout(): void {
    const worker = this.#worker
    if (!worker) return
    this.#lost(worker, new ParleyError('timeout', 'The encryption did not answer in time.'))
    void worker.terminate()
  }

  #onExit(worker: MlsWorker, error: Error | undefined): void {
    this.#lost(worker, new ParleyError('internal', 'The encryption stopped and is started again.', { cause: error }))
  }

  #lost(worker: MlsWorker, error: ParleyError): void {
    if (worker !== this.#worker) return
    const { clock, log, random = systemRandom } = this.#parts
    this.#worker = undefined
    if (clock.steady() - this.#startedAt >= RESTART_RESET_MS) this.#crashes = 0
    const wait = backoff(this.#crashes++, RESTART_FIRST_MS, RESTART_MOST_MS, random)
    log.error({ err: error.cause ?? error, wait }, 'the encryption worker ended')
    this.#ready = new Promise((resolve, reject) => {
      this.#cancelRestart = clock.after(wait, () => this.#relaunch().then(resolve, reject))
    })
    // Requests hear of a failed start by waiting for it; without one it is only logged.
    this.#ready.catch((thrown: unknown) => log.error({ err: thrown }, 'the encryption worker did not start'))
    this.#rejectAll(error)
  }

  async #relaunch(): Promise<void> {
    await this.#launch()
    this.events.emit('restart', undefined)
  }
}

function stopped(): ParleyError {
  return new ParleyError('locked', 'The encryption is not running.')
}
