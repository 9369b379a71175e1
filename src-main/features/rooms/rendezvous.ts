import type { Clock } from '../../base/index.ts'
import type { LedgerMemo } from '../../ledger/index.ts'
import { ROOM_MAGIC } from '../../wire/index.ts'
import { GRACE_MS, TICK_MS, WINDOW_MS } from './constants.ts'
import type { RoomKeys } from './keys.ts'
import type { RoomBoard } from './types.ts'

export interface RendezvousParts {
  keys: RoomKeys
  board: RoomBoard
  clock: Clock
  expecting: () => boolean
  /** An opened record; junk never gets here. */
  hear(record: Uint8Array): void
}

/**
 * Reads a room's rendezvous: the windows before, at and after this clock's, so that clocks may be a minute apart either way,
 * and for a moment the one before those.
 */
export class Rendezvous {
  readonly #parts: RendezvousParts
  readonly #watches = new Map<number, { look(): void; stop(): void }>()
  #cancelTick = () => {}

  constructor(parts: RendezvousParts) {
    this.#parts = parts
  }

  get window(): number {
    return Math.floor(this.#parts.clock.now() / WINDOW_MS)
  }

  start(): void {
    this.#turn()
  }

  stop(): void {
    this.#cancelTick()
    for (const watch of this.#watches.values()) watch.stop()
    this.#watches.clear()
  }

  /** Something is expected from now on. */
  look(): void {
    for (const watch of this.#watches.values()) watch.look()
  }

  #turn(): void {
    const { clock, board, keys, expecting } = this.#parts
    const now = clock.now()
    const [first, last] = [Math.floor((now - WINDOW_MS - GRACE_MS) / WINDOW_MS), Math.floor(now / WINDOW_MS) + 1]
    for (const [window, watch] of this.#watches) {
      if (window >= first && window <= last) continue
      watch.stop()
      this.#watches.delete(window)
    }
    for (let window = first; window <= last; window++) {
      if (this.#watches.has(window)) continue
      const options = { magic: ROOM_MAGIC, from: 'start' as const, expecting }
      this.#watches.set(
        window,
        board.watch(keys.rendezvous(window), options, (memos) => this.#hear(window, memos)),
      )
    }
    this.#cancelTick = clock.after(Math.min(TICK_MS, WINDOW_MS - (now % WINDOW_MS)), () => this.#turn())
  }

  #hear(window: number, memos: LedgerMemo[]): void {
    for (const { bytes } of memos) {
      const record = this.#parts.keys.open(window, bytes)
      if (record) this.#parts.hear(record)
    }
  }
}
