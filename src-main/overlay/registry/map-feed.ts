import type { Log } from '../../base/index.ts'
import type { RegisteredNode } from '../../ledger/index.ts'
import type { NodeRecordValue } from '../../wire/index.ts'
import { dialable, sameEndpoints } from '../link/address.ts'
import type { SectorMap } from '../sector/map.ts'
import type { NodeAddress } from '../types.ts'
import type { RegistryFollower } from './follower.ts'

export interface MapFeedOptions {
  follower: Pick<RegistryFollower, 'inForce' | 'live'>
  map: SectorMap
  /** This node's own record; its `object` is kept up to date here. */
  self: NodeRecordValue
  /** Nodes given by hand: they stay on the map, at the address that was given. */
  given: readonly NodeAddress[]
  log: Log
}

/** Keeps the map at what the registry says: live nodes on it, and once it is in force nobody else but those given by hand. */
export class MapFeed {
  readonly #options: MapFeedOptions
  readonly #given: ReadonlyMap<string, NodeAddress>

  constructor(options: MapFeedOptions) {
    this.#options = options
    this.#given = new Map(options.given.map((node) => [node.fingerprint, node]))
  }

  /** Whether a node that links here or is named may be on the map. */
  admits({ nodeKey, fingerprint }: Pick<NodeRecordValue, 'nodeKey' | 'fingerprint'>): boolean {
    const { follower } = this.#options
    if (!follower.inForce || this.#given.has(fingerprint)) return true
    return follower.live.get(nodeKey)?.profile.fingerprint === fingerprint
  }

  /** Puts the map right; unchanged entries are left alone. */
  update(): void {
    const { follower, map, self, log } = this.#options
    const own = follower.live.get(self.nodeKey)
    self.object = own?.profile.fingerprint === self.fingerprint ? own.object : null
    for (const node of follower.live.values()) {
      if (node.nodeKey === self.nodeKey) continue
      try {
        const record = this.#recordOf(node)
        if (!isSame(map.get(node.nodeKey), record)) map.set(record)
      } catch (error) {
        log.debug({ err: error, object: node.object }, 'a registered node has no endpoint that can be used')
        map.remove(node.nodeKey)
      }
    }
    for (const record of map.all()) this.#check(record)
  }

  #check(record: NodeRecordValue): void {
    const { map, self, follower } = this.#options
    if (record.nodeKey === self.nodeKey || follower.live.has(record.nodeKey)) return
    if (!this.admits(record)) return map.remove(record.nodeKey)
    if (record.object !== null) map.set({ ...record, object: null })
  }

  #recordOf({ nodeKey, object, profile }: RegisteredNode): NodeRecordValue {
    const { fingerprint } = profile
    const { endpoints } = this.#given.get(fingerprint) ?? dialable(profile)
    return { nodeKey, fingerprint, endpoints: [...endpoints], object }
  }
}

function isSame(one: NodeRecordValue | undefined, other: NodeRecordValue): boolean {
  return (
    one?.object === other.object &&
    one.fingerprint === other.fingerprint &&
    sameEndpoints(one.endpoints, other.endpoints)
  )
}
