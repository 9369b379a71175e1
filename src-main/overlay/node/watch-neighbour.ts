import type { NodeRecordValue } from '../../wire/index.ts'
import type { NodePeers } from './peers.ts'

/** Addresses in one frame: encoding and serving one stays within a few milliseconds at both ends. */
const FRAME_ADDRESSES = 1_000

/** What one other node is to watch for this one, and what of it it has not been told yet. */
export class WatchNeighbour {
  readonly #wanted = new Set<string>()
  /** By address: true where it is to be added, false where it is to be removed. */
  #pending = new Map<string, boolean>()
  /** It knows nothing of this node's: the next frame replaces whatever it has. */
  #fresh = true
  #busy = false
  #generation = 0

  /** Nothing is wanted of it, and nothing has to be taken back. */
  get idle(): boolean {
    return this.#wanted.size === 0 && !this.#busy
  }

  want(address: string): void {
    this.#wanted.add(address)
    if (this.#pending.get(address) === false) this.#pending.delete(address)
    else this.#pending.set(address, true)
  }

  unwant(address: string): void {
    if (!this.#wanted.delete(address)) return
    if (this.#pending.get(address) === true) this.#pending.delete(address)
    else this.#pending.set(address, false)
  }

  /** What it was told is lost, with its link or with a frame that was not answered. */
  reset(): void {
    this.#generation++
    this.#fresh = true
    this.#pending = new Map([...this.#wanted].map((address) => [address, true]))
  }

  /** There is no link to it now: what was to be taken back need not be remembered. */
  lost(): void {
    if (!this.#fresh) this.reset()
  }

  /** Tells the differences, a frame at a time. Rejects with the request's error; all of it is told again then. */
  async tell(node: NodeRecordValue, peers: Pick<NodePeers, 'request'>): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    try {
      while (this.#pending.size > 0) await this.#tellSome(node, peers)
    } catch (error) {
      this.reset()
      throw error
    } finally {
      this.#busy = false
    }
  }

  async #tellSome(node: NodeRecordValue, peers: Pick<NodePeers, 'request'>): Promise<void> {
    const generation = this.#generation
    const added: string[] = []
    const removed: string[] = []
    for (const [address, isWanted] of this.#pending) {
      if (added.length + removed.length === FRAME_ADDRESSES) break
      this.#pending.delete(address)
      if (isWanted) added.push(address)
      else removed.push(address)
    }
    if (this.#fresh) await peers.request(node, 'watchPresence', { addresses: added }, 'ok')
    else await peers.request(node, 'watchMore', { added, removed }, 'ok')
    if (generation === this.#generation) this.#fresh = false
  }
}
