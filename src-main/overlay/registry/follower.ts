import { type Clock, deadline, Emitter, type Log } from '../../base/index.ts'
import { ParleyError, toParleyError } from '../../contract/index.ts'
import { EVENT_PAGE, eventsBack, type NodeRegistry, type RegisteredNode } from '../../ledger/index.ts'
import {
  ASK_AGAIN_MS,
  AWAY_POLL_MS,
  FIRST_POLL_MS,
  MAX_BACK_PAGES,
  MAX_ON_PAGES,
  MISSING_POLL_MS,
  MOST_POLL_MS,
} from './constants.ts'
import { EpochPace } from './epoch-pace.ts'
import type { JsonFile } from './files.ts'
import { type Known, KnownRecords, toJson } from './known-records.ts'

export interface FollowerOptions {
  /** Undefined where the ledger has no registry (yet). */
  find: () => Promise<NodeRegistry | undefined>
  epoch: () => Promise<{ epoch: bigint }>
  /** What was known last; survives the ledger's absence. */
  file: JsonFile<Known>
  /** It could not be kept, and is kept with the next look. */
  onWriteFailed?: (error: unknown) => void
  clock: Clock
  log: Log
}

interface FollowerEvents {
  /** The live nodes, or whether the registry is in force, may be others. */
  changed: void
  /** The ledger answered that it has no registry. */
  missing: void
  /** The ledger answered; what is known is up to date. */
  polled: { registry: NodeRegistry; epoch: bigint }
}

/**
 * Follows the registry on the ledger: at first the records of this epoch and the one before, found by reading the events
 * back, then every event by its cursor. Events only say which records changed; what they are stands in the objects. While
 * the ledger is away the map stands as it was known last, and no epoch passes.
 */
export class RegistryFollower {
  readonly #options: FollowerOptions
  readonly #events: Emitter<FollowerEvents>
  readonly #pace: EpochPace
  #records = new KnownRecords()
  #live = new Map<string, RegisteredNode>()
  #registry: NodeRegistry | undefined
  #packageId: string | undefined
  #cursor: string | undefined
  #epoch = 0n
  #inForce = false
  #dirty = false
  #full = false
  #away = false
  #running = false
  #stopped = false
  readonly #ended = Promise.withResolvers<void>()
  #polling: Promise<void> | undefined
  #polledAt = -Infinity
  #cancel = () => {}

  constructor(options: FollowerOptions) {
    this.#options = options
    this.#pace = new EpochPace(options.clock)
    this.#events = new Emitter((error) => options.log.error({ err: error }, 'a listener of the registry failed'))
  }

  /** Resolves when the registry is known, from disk or the ledger, or after `ms`; goes on then. `stop` ends it, for good. Throws `storage_damaged`. */
  async start(ms: number): Promise<void> {
    const kept = await this.#options.file.read()
    if (this.#stopped) return
    this.#running = true
    if (kept) this.#restore(kept)
    const first = this.#poll()
    if (!kept)
      await deadline(Promise.race([first, this.#ended.promise]), ms, 'The registry does not answer.').catch(() => {})
  }

  stop(): void {
    this.#running = false
    this.#stopped = true
    this.#ended.resolve()
    this.#cancel()
    this.#events.clear()
  }

  on<K extends keyof FollowerEvents>(name: K, listener: (payload: FollowerEvents[K]) => void): () => void {
    return this.#events.on(name, listener)
  }

  /** From the first live record on only registered nodes count, and those given by hand. */
  get inForce(): boolean {
    return this.#inForce
  }

  get epoch(): bigint {
    return this.#epoch
  }

  /** Milliseconds that an epoch seems to take; undefined before one has passed. */
  get epochMs(): number | undefined {
    return this.#pace.epochMs
  }

  /** Live nodes by their key. */
  get live(): ReadonlyMap<string, RegisteredNode> {
    return this.#live
  }

  /** A record in service, by its object. */
  record(object: string): RegisteredNode | undefined {
    return this.#records.get(object)
  }

  /** Looks now; resolves when the ledger was asked, whatever came of it. */
  async refresh(): Promise<void> {
    await this.#polling
    await this.#poll()
  }

  /** Somebody says to be registered who is not known: looks soon, but not for everybody who says so. */
  hint(): void {
    if (!this.#running || this.#polling) return
    const wait = Math.max(0, this.#polledAt + ASK_AGAIN_MS - this.#options.clock.steady())
    this.#cancel()
    this.#cancel = this.#options.clock.after(wait, () => void this.#poll())
  }

  #poll(): Promise<void> {
    this.#cancel()
    this.#polling ??= this.#look().finally(() => {
      this.#polling = undefined
      this.#polledAt = this.#options.clock.steady()
      if (!this.#running) return
      this.#cancel = this.#options.clock.after(this.#nextMs(), () => void this.#poll())
    })
    return this.#polling
  }

  #nextMs(): number {
    if (this.#away) return AWAY_POLL_MS
    return this.#registry ? this.#pace.pollMs(FIRST_POLL_MS, MOST_POLL_MS) : MISSING_POLL_MS
  }

  async #look(): Promise<void> {
    const { find, epoch: readEpoch, log } = this.#options
    try {
      this.#registry ??= await find()
      const registry = this.#registry
      if (!registry) {
        this.#away = false
        return this.#events.emit('missing', undefined)
      }
      const { epoch } = await readEpoch()
      await this.#read(registry, epoch)
      if (this.#away) log.info({}, 'the registry answers again')
      this.#away = false
      this.#pace.seen(epoch)
      await this.#settle(registry, epoch)
      this.#events.emit('polled', { registry, epoch })
    } catch (error) {
      if (!this.#away && this.#running) log.warn({ code: toParleyError(error).code }, 'the registry cannot be read')
      this.#away = true
    }
  }

  async #read(registry: NodeRegistry, epoch: bigint): Promise<void> {
    if (this.#packageId !== registry.packageId) this.#cursor = undefined
    this.#packageId = registry.packageId
    try {
      if (this.#cursor !== undefined) return await this.#readOn(registry, this.#cursor)
    } catch (error) {
      if (!(error instanceof ParleyError) || error.code !== 'not_found') throw error
      this.#options.log.info({}, 'the ledger does not know how far the registry was read; reading it anew')
    }
    await this.#readBack(registry, epoch)
  }

  /** From the newest event back to where nobody can be live any more. */
  async #readBack(registry: NodeRegistry, epoch: bigint): Promise<void> {
    const fresh = new KnownRecords()
    let newest: string | undefined
    for await (const { page, objects, records } of eventsBack(registry, { pages: MAX_BACK_PAGES, epoch })) {
      newest ??= page.newest
      this.#note(fresh.update(objects, records))
      if (this.#stopped) break
    }
    this.#records = fresh
    this.#cursor = newest
    this.#inForce = false
    this.#dirty = true
  }

  async #readOn(registry: NodeRegistry, from: string): Promise<void> {
    let cursor = from
    for (let pages = 0; pages < MAX_ON_PAGES && !this.#stopped; pages++) {
      const page = await registry.events({ order: 'oldest', limit: EVENT_PAGE, cursor })
      const touched = new Set(page.events.map(({ object }) => object))
      if (touched.size > 0) {
        this.#note(this.#records.update(touched, await registry.records([...touched])))
        this.#dirty = true
      }
      this.#cursor = cursor = page.cursor ?? cursor
      if (!page.more) return
    }
  }

  /** Once, not for each record that finds no place. */
  #note(room: boolean): void {
    if (!room && !this.#full) this.#options.log.error({ records: this.#records.size }, 'the registry is too large')
    if (!room) this.#full = true
  }

  async #settle(registry: NodeRegistry, epoch: bigint): Promise<void> {
    const turned = epoch !== this.#epoch
    this.#epoch = epoch
    this.#records.prune(epoch)
    if (!turned && !this.#dirty) return
    this.#live = this.#records.live(epoch)
    this.#inForce ||= this.#live.size > 0
    this.#dirty = true
    this.#events.emit('changed', undefined)
    await this.#keep(registry).catch((error: unknown) => this.#options.onWriteFailed?.(error))
  }

  async #keep({ packageId }: NodeRegistry): Promise<void> {
    const cursor = this.#cursor === undefined ? {} : { cursor: this.#cursor }
    const known = {
      packageId,
      ...cursor,
      epoch: this.#epoch,
      inForce: this.#inForce,
      records: this.#records.all() as Known['records'],
    }
    await this.#options.file.write(toJson(known))
    this.#dirty = false
  }

  #restore({ packageId, cursor, epoch, inForce, records }: Known): void {
    this.#packageId = packageId
    this.#cursor = cursor
    this.#epoch = epoch
    this.#inForce = inForce
    this.#records.update(
      records.map(({ object }) => object),
      records,
    )
    this.#live = this.#records.live(epoch)
  }
}
