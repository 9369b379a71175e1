import type { Clock, Log } from '../../base/index.ts'
import { toParleyError } from '../../contract/index.ts'
import { eventsBack, isLive, type NodeRegistry, type RegisteredNode } from '../../ledger/index.ts'
import type { NodeRecordValue } from '../../wire/index.ts'
import { CHECKED_MS, MAX_CHECKED, MAX_FORCE_PAGES, UNFOUND_MS } from './constants.ts'
import { LiveRecords } from './live-records.ts'

export interface RecordCheckOptions {
  /** Undefined where the ledger has no registry. */
  find: () => Promise<NodeRegistry | undefined>
  epoch: () => Promise<{ epoch: bigint }>
  clock: Clock
  log: Log
}

interface Checked {
  /** Undefined: there is no such record. */
  record: RegisteredNode | undefined
  at: number
}

/**
 * A device's side of the registry: of the nodes that nodes name, only those are believed whose record stands on the ledger
 * as it was told. It reads the records that it is told of, so it needs little of the ledger, and without any node that
 * answers some of the newest. Where the registry is not in force (PROTOCOL section 4) everybody named is tried, as without one.
 */
export class RecordCheck {
  readonly #options: RecordCheckOptions
  /** By object, the one checked longest ago first. */
  readonly #checked = new Map<string, Checked>()
  readonly #live = new LiveRecords()
  #registry: NodeRegistry | undefined
  /** Once it was in force it stays so. */
  #inForce = false
  #askedAt = -Infinity
  #epoch: { number: bigint; at: number } | undefined

  constructor(options: RecordCheckOptions) {
    this.#options = options
  }

  /** Those that can be believed. Never rejects: while the ledger is away, what was found before counts and nothing else does. */
  async check(records: readonly NodeRecordValue[]): Promise<NodeRecordValue[]> {
    try {
      if (!(await this.#isInForce())) return [...records]
      const [epoch] = await Promise.all([this.#epochNow(), this.#fetch(records)])
      return records.filter((record) => this.#isTrue(record, epoch))
    } catch (error) {
      this.#options.log.debug({ code: toParleyError(error).code }, 'the nodes named could not be checked')
      return records.filter((record) => this.#isTrue(record, undefined))
    }
  }

  /**
   * Registered nodes that nobody told of, some of the newest; a further call answers others. None where there is no
   * registry. Throws as `Ledger` does.
   */
  async newest(): Promise<NodeRecordValue[]> {
    this.#registry ??= await this.#options.find()
    if (!this.#registry) return []
    const found = await this.#live.next(this.#registry, await this.#epochNow())
    if (found.length > 0) this.#inForce = true
    for (const record of found) this.#keep(record.object, record)
    return found.map(({ object, nodeKey, profile }) => {
      return { object, nodeKey, fingerprint: profile.fingerprint, endpoints: [...profile.endpoints] }
    })
  }

  /** Whether a record that was checked here names this node, which is live as far as is known. */
  isRegistered(nodeKey: string, fingerprint: string): boolean {
    const epoch = this.#epoch?.number
    for (const { record } of this.#checked.values())
      if (record?.nodeKey === nodeKey && record.profile.fingerprint === fingerprint)
        return epoch === undefined ? record.freeFrom === 0n : isLive(record, epoch)
    return false
  }

  async #epochNow(): Promise<bigint> {
    const { epoch, clock } = this.#options
    if (this.#epoch && clock.steady() - this.#epoch.at < UNFOUND_MS) return this.#epoch.number
    this.#epoch = { number: (await epoch()).epoch, at: clock.steady() }
    return this.#epoch.number
  }

  /** In force from the first live record on. */
  async #isInForce(): Promise<boolean> {
    const { find, clock } = this.#options
    if (this.#inForce) return true
    this.#registry ??= await find()
    const registry = this.#registry
    if (!registry) return false
    if (clock.steady() - this.#askedAt < UNFOUND_MS) return false
    this.#inForce = await this.#anyLive(registry, await this.#epochNow())
    this.#askedAt = clock.steady()
    return this.#inForce
  }

  /** Looks back until a live record is found, or until nobody can be live any more. */
  async #anyLive(registry: NodeRegistry, epoch: bigint): Promise<boolean> {
    for await (const { records, isLast } of eventsBack(registry, { pages: MAX_FORCE_PAGES, epoch })) {
      if (records.some((record) => isLive(record, epoch))) return true
      if (isLast) return false
    }
    // So many events and nobody live: somebody fills the log, and whoever is named must be registered.
    return true
  }

  async #fetch(records: readonly NodeRecordValue[]): Promise<void> {
    const wanted = new Set(records.flatMap(({ object }) => (object !== null && this.#isStale(object) ? [object] : [])))
    if (wanted.size === 0 || !this.#registry) return
    const found = await this.#registry.records([...wanted])
    const now = new Map(found.map((record) => [record.object, record]))
    for (const object of wanted) this.#keep(object, now.get(object))
  }

  #keep(object: string, record: RegisteredNode | undefined): void {
    this.#checked.delete(object)
    this.#checked.set(object, { record, at: this.#options.clock.steady() })
    if (this.#checked.size <= MAX_CHECKED) return
    const [oldest] = this.#checked.keys()
    if (oldest !== undefined) this.#checked.delete(oldest)
  }

  #isStale(object: string): boolean {
    const known = this.#checked.get(object)
    if (!known) return true
    return this.#options.clock.steady() - known.at >= (known.record ? CHECKED_MS : UNFOUND_MS)
  }

  /** The same key, certificate and endpoints as on the ledger, and live: without an epoch, live when it was read. */
  #isTrue({ object, nodeKey, fingerprint, endpoints }: NodeRecordValue, epoch: bigint | undefined): boolean {
    const record = object === null ? undefined : this.#checked.get(object)?.record
    return (
      record !== undefined &&
      record.nodeKey === nodeKey &&
      record.profile.fingerprint === fingerprint &&
      endpoints.every((endpoint) => record.profile.endpoints.includes(endpoint)) &&
      endpoints.length > 0 &&
      (epoch === undefined ? record.freeFrom === 0n : isLive(record, epoch))
    )
  }
}
