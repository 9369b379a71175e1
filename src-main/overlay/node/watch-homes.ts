import type { Clock, Log } from '../../base/index.ts'
import type { NodeRecordValue } from '../../wire/index.ts'
import type { NodePeers } from './peers.ts'
import { WatchNeighbour } from './watch-neighbour.ts'

/** Changes of what is watched, and of the map, are passed on together after this. */
const SETTLE_MS = 100
/** Addresses whose home nodes are worked out in one turn of the loop: about 20 us each, so 5 ms. */
const SLICE = 256
/** At least so many of them for a changed map, however much is newly watched. */
const SWEEP_SLICE = 128
/** Between two turns, so that others are served. */
const TURN_MS = 5
/** A node that did not take what it was told is told again after this: it may not know this one yet. */
const RETRY_MS = 1_000

/** `homes`: keys of other nodes that watch it for this one; `map`: the state of the map under which they were found. */
interface Place {
  homes: readonly string[]
  map: number
}

export interface WatchHomesOptions {
  clock: Clock
  log: Log
  peers: Pick<NodePeers, 'sector' | 'linked' | 'request'>
}

/**
 * Has other nodes watch the addresses whose homes they are. The homes of an address are found once when it begins to
 * be watched and once more after a change of the map, in slices; each node is told differences only.
 */
export class WatchHomes {
  readonly #places = new Map<string, Place>()
  readonly #new = new Set<string>()
  readonly #neighbours = new Map<string, WatchNeighbour>()
  readonly #options: WatchHomesOptions
  #map = 0
  #sweep: Iterator<[string, Place]> | undefined
  /** The state of the map that the round of now began with, and that of the last whole round. */
  #roundMap = 0
  #sweptMap = 0
  #cancelTurn: (() => void) | undefined
  #cancelRetry: (() => void) | undefined
  #stopped = false

  constructor(options: WatchHomesOptions) {
    this.#options = options
  }

  /** Other nodes that something is remembered of. */
  get neighbours(): number {
    return this.#neighbours.size
  }

  stop(): void {
    this.#stopped = true
    this.#cancelTurn?.()
    this.#cancelRetry?.()
  }

  add(address: string): void {
    this.#new.add(address)
    this.#schedule(SETTLE_MS)
  }

  remove(address: string): void {
    this.#new.delete(address)
    for (const key of this.#places.get(address)?.homes ?? []) this.#neighbours.get(key)?.unwant(address)
    this.#places.delete(address)
    this.#schedule(SETTLE_MS)
  }

  /** The nodes, who of them is alive, or the salt changed. */
  mapChanged(): void {
    this.#map++
    this.#schedule(SETTLE_MS)
  }

  /** A link to the node is new: it knows nothing of what is watched here. */
  linked(node: NodeRecordValue): void {
    this.#neighbours.get(node.nodeKey)?.reset()
    this.#schedule(SETTLE_MS)
  }

  #schedule(ms: number): void {
    if (this.#stopped) return
    this.#cancelTurn ??= this.#options.clock.after(ms, () => {
      this.#cancelTurn = undefined
      this.#turn()
    })
  }

  #turn(): void {
    let done = 0
    for (const address of this.#new) {
      if (done === SLICE) break
      this.#new.delete(address)
      this.#place(address)
      done++
    }
    this.#sweepSome(Math.max(SWEEP_SLICE, SLICE - done))
    if (this.#new.size > 0 || this.#sweptMap !== this.#map) this.#schedule(TURN_MS)
    // What is new does not wait for a long round, and what a round found does not wait for a quiet map.
    if (this.#new.size === 0 && (done > 0 || !this.#sweep)) this.#tellAll()
  }

  /** A change in the middle of a round begins another after it, so that none is left out however often it changes. */
  #sweepSome(most: number): void {
    if (this.#sweptMap === this.#map) return
    if (!this.#sweep) {
      this.#sweep = this.#places.entries()
      this.#roundMap = this.#map
    }
    for (let count = 0; count < most; count++) {
      const { value, done } = this.#sweep.next()
      if (done) return this.#endRound()
      const [address, { map }] = value
      if (map !== this.#map) this.#place(address)
    }
  }

  #endRound(): void {
    this.#sweep = undefined
    this.#sweptMap = this.#roundMap
  }

  #place(address: string): void {
    const { others, here } = this.#options.peers.sector(address)
    const homes = here ? [] : others.map(({ nodeKey }) => nodeKey)
    const before = this.#places.get(address)?.homes ?? []
    this.#places.set(address, { homes, map: this.#map })
    for (const key of before) if (!homes.includes(key)) this.#neighbours.get(key)?.unwant(address)
    for (const key of homes) if (!before.includes(key)) this.#neighbour(key).want(address)
  }

  #neighbour(key: string): WatchNeighbour {
    const neighbour = this.#neighbours.get(key) ?? new WatchNeighbour()
    this.#neighbours.set(key, neighbour)
    return neighbour
  }

  #tellAll(): void {
    const { peers, log } = this.#options
    const linked = new Map(peers.linked().map((node) => [node.nodeKey, node]))
    for (const [key, neighbour] of this.#neighbours) {
      const node = linked.get(key)
      if (!node) {
        if (neighbour.idle) this.#neighbours.delete(key)
        else neighbour.lost()
        continue
      }
      neighbour.tell(node, peers).catch((error: unknown) => {
        this.#retry()
        log.debug({ err: error }, 'another node was not told what is watched here')
      })
    }
  }

  #retry(): void {
    if (this.#stopped) return
    this.#cancelRetry ??= this.#options.clock.after(RETRY_MS, () => {
      this.#cancelRetry = undefined
      this.#schedule(SETTLE_MS)
    })
  }
}
