import { backoff, type Clock, Emitter, equal, type Log, type Random, sleep } from '../base/index.ts'
import { type ErrorCode, type ParleyError, toParleyError } from '../contract/index.ts'
import type { Urgency } from '../overlay/index.ts'
import type { OutboxRow, Store } from '../store/index.ts'
import { CONFIRM_FIRST_MS, CONFIRM_MOST_MS, RETRY_FIRST_MS, RETRY_MOST_MS, WINDOW } from './constants.ts'
import type { Carrier, DeliveryEvents, MessageWay, Prepare, Sent } from './types.ts'

/** Refusals that trying again cannot change. */
const FINAL: ReadonlySet<ErrorCode> = new Set(['not_a_contact', 'too_large', 'invalid_params', 'unsupported_version'])
const WAYS: Record<Exclude<Sent, 'dropped'>, MessageWay> = { direct: 'direct', delivered: 'relayed', queued: 'stored' }
const PAGE = 64
const DRAIN_LOOK_MS = 10

export interface DeliveryParts {
  store: Store
  carrier: Carrier
  prepare: Prepare
  clock: Clock
  random: Random
  log: Log
}

/**
 * Brings every row of the outbox to its device: prepares what has no envelope yet, keeps a window per device,
 * retries with back-off until 30 days, and starts where it stopped after a restart.
 */
export class Delivery {
  readonly #parts: DeliveryParts
  readonly #events: Emitter<DeliveryEvents>
  readonly #busy = new Set<string>()
  /** Rows that were hastened while an attempt ran: it may have begun before what they waited for was there. */
  readonly #hastened = new Set<string>()
  readonly #perDevice = new Map<string, number>()
  #running = false
  #cancelTimer: (() => void) | undefined
  #scheduled = false
  #pumpedAt = 0

  constructor(parts: DeliveryParts) {
    this.#parts = parts
    this.#events = new Emitter((error) => parts.log.error({ err: error }, 'a delivery listener failed'))
  }

  on<K extends keyof DeliveryEvents>(name: K, listener: (payload: DeliveryEvents[K]) => void): () => void {
    return this.#events.on(name, listener)
  }

  start(): void {
    this.#running = true
    this.wake()
  }

  stop(): void {
    this.#running = false
    this.#cancelTimer?.()
    this.#events.clear()
  }

  /** Waits until nothing is under way and nothing is due, at most `ms`. */
  async drain(ms: number): Promise<void> {
    const { store, clock } = this.#parts
    const end = clock.steady() + ms
    while (clock.steady() < end) {
      const idle = this.#busy.size === 0 && store.outbox.due(clock.now(), 1).length === 0
      if (idle && !this.#scheduled) return
      await sleep(clock, DRAIN_LOOK_MS)
    }
  }

  /** Looks at the outbox soon: after a commit that added to it, or when a way has opened. */
  wake(): void {
    if (!this.#running || this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      if (this.#running) this.#pump()
    })
  }

  /** A contact is there, or its group is: what waits for it is due now. */
  hasten(address: string): void {
    if (!this.#running) return
    const { store, clock } = this.#parts
    store.transaction(() => {
      for (const row of store.outbox.forAddress(address)) this.#makeDue(row, clock.now())
    })
    this.wake()
  }

  /** Links are up again: everything that failed to go out is due now; what a mailbox has keeps its time. */
  hastenAll(): void {
    if (!this.#running) return
    const { store, clock } = this.#parts
    const now = clock.now()
    const waiting = store.outbox.due(Number.MAX_SAFE_INTEGER, 1000).filter((row) => row.state === 'sending')
    store.transaction(() => {
      for (const row of waiting) if (row.nextAttemptAt > now || this.#busy.has(row.id)) this.#makeDue(row, now)
    })
    this.wake()
  }

  #makeDue({ id }: OutboxRow, now: number): void {
    if (this.#busy.has(id)) this.#hastened.add(id)
    else this.#parts.store.outbox.update(id, { nextAttemptAt: now })
  }

  #pump(): void {
    const { store, clock } = this.#parts
    const now = clock.now()
    const isSetBack = now < this.#pumpedAt
    this.#pumpedAt = now
    // What waits would wait until the clock is there again.
    if (isSetBack) return this.hastenAll()
    for (const row of store.outbox.due(now, PAGE + this.#busy.size)) {
      if (this.#busy.has(row.id)) continue
      const lane = row.device || row.address
      const inFlight = this.#perDevice.get(lane) ?? 0
      if (inFlight >= WINDOW) continue
      this.#busy.add(row.id)
      this.#perDevice.set(lane, inFlight + 1)
      void this.#attempt(row).finally(() => this.#release(row.id, lane))
    }
    this.#sleepUntilNext(now)
  }

  #release(id: string, lane: string): void {
    this.#busy.delete(id)
    if (this.#hastened.delete(id)) this.#again(id)
    const left = (this.#perDevice.get(lane) ?? 1) - 1
    if (left <= 0) this.#perDevice.delete(lane)
    else this.#perDevice.set(lane, left)
    this.wake()
  }

  /** What did not go out in the attempt that ran is due now. */
  #again(id: string): void {
    if (!this.#running) return
    const { store, clock } = this.#parts
    if (store.outbox.get(id)?.state === 'sending') store.outbox.update(id, { nextAttemptAt: clock.now() })
  }

  #sleepUntilNext(now: number): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    const next = this.#parts.store.outbox.nextAt()
    if (next === undefined) return
    // While rows are busy their end wakes the pump; a due row beyond the window must not spin.
    const wait = next <= now ? (this.#busy.size > 0 ? RETRY_FIRST_MS : 0) : next - now
    this.#cancelTimer = this.#parts.clock.after(Math.min(Math.max(wait, 10), RETRY_MOST_MS), () => this.wake())
  }

  async #attempt(row: OutboxRow): Promise<void> {
    if (row.expiresAt <= this.#parts.clock.now()) return this.#fail(row, 'expired')
    try {
      if (row.envelope.length === 0) return await this.#prepareRow(row)
      const urgency: Urgency = row.kind === 'request' ? 'request' : 'message'
      const ttl = row.expiresAt - this.#parts.clock.now()
      this.#settle(
        row,
        await this.#parts.carrier.send(
          { address: row.address, device: row.device },
          row.envelope,
          urgency,
          ttl,
          row.kind,
        ),
      )
    } catch (thrown) {
      this.#retryOrFail(row, toParleyError(thrown))
    }
  }

  async #prepareRow(row: OutboxRow): Promise<void> {
    const { store, clock, random } = this.#parts
    const prepared = await this.#parts.prepare(row)
    if (!this.#running) return
    const [first, ...rest] = prepared ?? []
    if (!first) return this.#later(row)
    store.transaction(() => {
      // It may have been confirmed or removed while it was prepared.
      if (!store.outbox.get(row.id)) return
      store.outbox.update(row.id, { ...first, attempts: 0, nextAttemptAt: clock.now() })
      for (const other of rest)
        store.outbox.add({
          ...row,
          ...other,
          id: Buffer.from(random.bytes(16)).toString('hex'),
          nextAttemptAt: clock.now(),
        })
    })
  }

  #settle(row: OutboxRow, result: Sent): void {
    if (result === 'dropped') return this.#later(row)
    const { store, clock, random } = this.#parts
    const state = result === 'queued' ? 'stored' : 'delivered'
    const now = clock.now()
    if (!this.#unchanged(row)) return
    if (row.messageId === undefined) store.outbox.remove(row.id)
    else {
      // Kept until the other's own receipt, in case the node or the device loses it.
      const wait = backoff(row.state === 'stored' ? row.attempts : 0, CONFIRM_FIRST_MS, CONFIRM_MOST_MS, random)
      const attempts = row.state === 'stored' ? row.attempts + 1 : 1
      store.outbox.update(row.id, { state: 'stored', attempts, nextAttemptAt: now + Math.round(wait) })
    }
    this.#events.emit('progress', { row, state, ...(row.state === 'sending' && { way: WAYS[result] }) })
  }

  #retryOrFail(row: OutboxRow, error: ParleyError): void {
    if (!this.#running) return
    // A message waits for the new group without the revoked device; anything else was for that device alone.
    if (FINAL.has(error.code) || (error.code === 'revoked' && !row.event)) return this.#fail(row, error.code)
    if (error.code === 'internal') this.#parts.log.warn({ err: error.cause ?? error }, 'an attempt to deliver failed')
    this.#later(row, error.retryAfter)
  }

  /** False where the row was confirmed, or given to a new group, while this attempt ran: then it is not ours to move. */
  #unchanged(row: OutboxRow): boolean {
    const now = this.#parts.store.outbox.get(row.id)
    return now !== undefined && equal(now.envelope, row.envelope)
  }

  #later(row: OutboxRow, retryAfter = 0): void {
    if (!this.#unchanged(row)) return
    const { store, clock, random } = this.#parts
    const wait = Math.max(retryAfter, backoff(row.attempts, RETRY_FIRST_MS, RETRY_MOST_MS, random))
    const next = Math.min(clock.now() + Math.round(wait), Math.max(row.expiresAt, clock.now()))
    store.outbox.update(row.id, { attempts: row.attempts + 1, nextAttemptAt: next })
  }

  #fail(row: OutboxRow, failure: string): void {
    this.#parts.store.outbox.remove(row.id)
    this.#events.emit('progress', { row, state: 'failed', failure })
  }
}
