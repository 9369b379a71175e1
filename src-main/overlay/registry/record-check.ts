import type { Clock, Log } from '../../base/index.ts'
import { toParleyError } from '../../contract/index.ts'
import { eventsBack, isLive, type NodeRegistry, type RegisteredNode } from '../../ledger/index.ts'
import type { NodeRecordValue } from '../../wire/index.ts'
import type { KnownNode } from '../types.ts'
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
  /** The epoch in which it was read. */
  epoch: bigint
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
      const epoch = await this.#epochNow()
      await this.#fetch(records, epoch)
      return records.filter((record) => this.#isTrue(record, epoch))
    } catch (error) {
      this.#options.log.debug({ code: toParleyError(error).code }, 'the nodes named could not be checked')
      return records.filter((record) => this.#isTrue(record, undefined))
    }
  }

  /**
   * Those that are not, or not any more, in the service of the registry: leaving, lapsed, withdrawn, or never registered. Never
   * rejects: none where the registry is not in force, or while the ledger is away. The doubted are looked at again soon.
   */
  async gone(nodes: readonly KnownNode[], doubted: readonly KnownNode[] = []): Promise<KnownNode[]> {
    try {
      if (!(await this.#isInForce())) return []
      const epoch = await this.#epochNow()
      await this.#fetch(doubted, epoch, UNFOUND_MS)
      await this.#fetch(nodes, epoch)
      return nodes.filter(({ object, nodeKey, fingerprint }) => {
        const record = this.#recordOf(object)
        if (!record) return !this.isRegistered(nodeKey, fingerprint)
        return record.nodeKey !== nodeKey || record.profile.fingerprint !== fingerprint || !isLive(record, epoch)
      })
    } catch (error) {
      this.#options.log.debug({ code: toParleyError(error).code }, 'the nodes known could not be checked')
      return []
    }
  }

  /**
   * Registered nodes that nobody told of, some of the newest; a further call answers others. None where there is no
   * registry. Throws as `Ledger` does.
   */
  async newest(): Promise<NodeRecordValue[]> {
    this.#registry ??= await this.#options.find()
    if (!this.#registry) return []
    const epoch = await this.#epochNow()
    const found = await this.#live.next(this.#registry, epoch)
    if (found.length > 0) this.#inForce = true
    for (const record of found) this.#keep(record.object, record, epoch)
    return found.map(({ object, nodeKey, profile }) => {
      return { object, nodeKey, fingerprint: profile.fingerprint, endpoints: [...profile.endpoints] }
    })
  }

  /** Whether a record names this node that was live when it was read last. */
  isRegistered(nodeKey: string, fingerprint: string): boolean {
    for (const { record, epoch } of this.#checked.values())
      if (record?.nodeKey === nodeKey && record.profile.fingerprint === fingerprint && isLive(record, epoch))
        return true
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

  async #fetch(records: readonly Pick<KnownNode, 'object'>[], epoch: bigint, ms = CHECKED_MS): Promise<void> {
    const wanted = new Set(
      records.flatMap(({ object }) => (object && this.#isStale(object, epoch, ms) ? [object] : [])),
    )
    if (wanted.size === 0) return
    this.#registry ??= await this.#options.find()
    if (!this.#registry) return
    const found = await this.#registry.records([...wanted])
    const now = new Map(found.map((record) => [record.object, record]))
    for (const object of wanted) this.#keep(object, now.get(object), epoch)
  }

  #keep(object: string, record: RegisteredNode | undefined, epoch: bigint): void {
    this.#checked.delete(object)
    this.#checked.set(object, { record, at: this.#options.clock.steady(), epoch })
    if (this.#checked.size <= MAX_CHECKED) return
    const [oldest] = this.#checked.keys()
    if (oldest !== undefined) this.#checked.delete(oldest)
  }

  #recordOf(object: string | null | undefined): RegisteredNode | undefined {
    return object ? this.#checked.get(object)?.record : undefined
  }

  /** Read anew once in an epoch, in which it was renewed or has lapsed, and within one after so long. */
  #isStale(object: string, epoch: bigint, ms: number): boolean {
    const known = this.#checked.get(object)
    if (known?.epoch !== epoch) return true
    const isGood = known.record !== undefined && isLive(known.record, epoch)
    return this.#options.clock.steady() - known.at >= (isGood ? ms : UNFOUND_MS)
  }

  /** The same key, certificate and endpoints as on the ledger, and live: without an epoch, live when it was read. */
  #isTrue({ object, nodeKey, fingerprint, endpoints }: NodeRecordValue, epoch: bigint | undefined): boolean {
    const record = this.#recordOf(object)
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
