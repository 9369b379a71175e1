import type { Log } from '../../base/index.ts'
import type { NodeRecordValue } from '../../wire/index.ts'
import type { KnownNode } from '../types.ts'
import type { LinksOptions } from './links-options.ts'
import type { NodeKeeper } from './node-keeper.ts'
import type { NodeLink } from './node-link.ts'
import type { NodeSet } from './node-set.ts'

export interface MapNewsParts {
  set: NodeSet
  keeper: NodeKeeper
  registry: LinksOptions['registry']
  address: string
  isRunning: () => boolean
  connected: () => NodeLink[]
  /** The nodes that are known are others now. */
  changed: () => void
  log: Log
}

/** Keeps a device's map true: what nodes say of nodes is checked against the registry, and who is not in service any more goes off it. */
export class MapNews {
  readonly #parts: MapNewsParts
  #checking = false

  constructor(parts: MapNewsParts) {
    this.#parts = parts
  }

  /** What nodes say of nodes: where a registry is in force, what stands there and nothing else. */
  learn(records: readonly NodeRecordValue[]): void {
    const { registry } = this.#parts
    if (!registry) return this.believe(records)
    void registry.check(records).then((believed) => this.believe(believed))
  }

  /** What was checked; `mayMove` where it was read from the ledger itself. */
  believe(records: readonly KnownNode[], mayMove = false): void {
    const { set, isRunning } = this.#parts
    if (!isRunning()) return
    if (records.filter((record) => set.learn(record, mayMove)).length > 0) this.#changed()
  }

  /** Of a large network the nodes are told as far as they concern this device. */
  async askSector(link = this.#parts.connected()[0]): Promise<void> {
    const { address, registry, isRunning, log } = this.#parts
    let named: readonly NodeRecordValue[] = []
    try {
      if (link) named = (await link.request('getSector', { address }, 'sector')).nodes
      if (registry && isRunning()) named = await registry.check(named)
      this.believe(named)
    } catch (error) {
      log.debug({ err: error }, 'a node did not tell the home nodes')
    }
    await this.#forgetGone(named)
  }

  /** A home node that others do not name is looked at more closely. */
  async #forgetGone(named: readonly NodeRecordValue[]): Promise<void> {
    const { set, registry, address, isRunning } = this.#parts
    if (!registry || this.#checking || !isRunning()) return
    this.#checking = true
    const known = set.checkable()
    const homes = new Set(named.length > 0 ? set.homes(address).map(({ nodeKey }) => nodeKey) : [])
    for (const { nodeKey } of named) homes.delete(nodeKey)
    const gone = await registry.gone(
      known,
      known.filter(({ nodeKey }) => homes.has(nodeKey)),
    )
    this.#checking = false
    if (gone.length === 0 || !isRunning()) return
    for (const node of gone) set.forget(node)
    // A node with a new certificate stands under the old one until that is forgotten.
    for (const record of named) set.learn(record)
    this.#changed()
  }

  #changed(): void {
    this.#parts.keeper.soon()
    this.#parts.changed()
  }
}
