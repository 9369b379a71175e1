import type { WebSocket } from 'ws'
import type { Clock } from '../../base/index.ts'
import { BUNDLE_START, bundledEnd, bundledStart, isBundle, linkFrames } from '../../wire/index.ts'
import { Buckets } from '../limits/buckets.ts'

/** What counts for more than one unit, which is a twentieth of a millisecond of work as measured, as much as a small question takes. */
const UNITS: ReadonlyMap<number, number> = new Map([
  [linkFrames.relay.type, 2],
  // Votes are written to disk.
  [linkFrames.logAppend.type, 4],
  [linkFrames.logRead.type, 4],
  [linkFrames.logAsk.type, 4],
])
/** Frames that count for one unit for each so many bytes: their signatures are checked, or their addresses read. */
const BYTES_PER_UNIT: ReadonlyMap<number, number> = new Map([
  // A revocation has 170 bytes, and a check takes a tenth of a millisecond.
  [linkFrames.revocations.type, 85],
  // Eight addresses.
  [linkFrames.watchPresence.type, 256],
  [linkFrames.watchMore.type, 256],
])

export interface PaceLimits {
  /** In units: most frames count for one. */
  frames: { perSecond: number; burst: number }
  bytes: { perSecond: number; burst: number }
}

/**
 * Holds all links of one other side together to a rate: beyond it they are not read for as long as it takes. Nothing is lost, and the other side
 * waits for its answers.
 */
export class Pace {
  readonly #clock: Clock
  readonly #frames: Buckets
  readonly #bytes: Buckets
  readonly #onHeld: () => void

  /** `onHeld`: a link is not read for a while. */
  constructor(clock: Clock, { frames, bytes }: PaceLimits, onHeld: () => void) {
    this.#clock = clock
    this.#frames = new Buckets(clock, frames)
    this.#bytes = new Buckets(clock, bytes)
    this.#onHeld = onHeld
  }

  /** From now on; `key` is whose link it is. Ends with the socket. */
  hold(socket: WebSocket, key: string): void {
    let cancel: (() => void) | undefined
    const spend = (units: number, bytes: number) =>
      Math.max(this.#frames.spend(key, units), this.#bytes.spend(key, bytes))
    const wait = (ms: number) => (cancel = this.#clock.after(ms, goOn))
    const goOn = () => {
      cancel = undefined
      // Another link of the same side may have spent what there was.
      const ms = spend(0, 0)
      if (ms > 0) wait(ms)
      else socket.resume()
    }
    socket.on('message', (data: Buffer) => {
      const ms = spend(unitsIn(data), data.length)
      if (ms === 0 || cancel) return
      this.#onHeld()
      socket.pause()
      wait(ms)
    })
    socket.on('close', () => cancel?.())
  }
}

/** What the frames of a message count for, in units. A bundle that cannot be read counts for what stands before the fault. */
export function unitsIn(message: Buffer): number {
  if (!isBundle(message)) return unitsOf(message, 0, message.length)
  let units = 0
  for (let at = BUNDLE_START; at < message.length;) {
    const end = bundledEnd(message, at)
    if (end === undefined) return units + 1
    units += unitsOf(message, bundledStart(at), end)
    at = end
  }
  return units
}

function unitsOf(message: Buffer, at: number, end: number): number {
  const type = message[at] ?? 0
  const bytes = BYTES_PER_UNIT.get(type)
  return bytes === undefined ? (UNITS.get(type) ?? 1) : Math.max(1, Math.ceil((end - at) / bytes))
}
