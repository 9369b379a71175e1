import { freeBuffer, ownBuffer } from './own-buffer.ts'

/** An envelope of 16 KiB with what stands before it, and the largest there is. */
const SIZES = [20 * 1024, 72 * 1024] as const
/** What is kept for the next ones: as much as a hundred busy pairs of devices have on their way. */
const MOST_IDLE_BYTES = 16 * 1024 * 1024

const idle = new Map<number, Buffer[]>(SIZES.map((size) => [size, []]))
let idleBytes = 0

/**
 * A large buffer that several look at, each of whom lets go once. It is used again when all have: memory that comes and goes with the
 * envelopes on their way makes V8 begin collections of everything (measured: two a second at 16 KiB).
 */
export class SharedBuffer {
  /** Of `size` bytes or more, with anything in it. */
  readonly bytes: Buffer
  #holders: number

  constructor(size: number, holders: number) {
    this.bytes = take(size)
    this.#holders = holders
  }

  letGo(): void {
    if (--this.#holders === 0) give(this.bytes)
  }
}

function take(size: number): Buffer {
  const fitting = SIZES.find((each) => size <= each)
  if (fitting === undefined) return ownBuffer(size)
  const kept = idle.get(fitting)?.pop()
  if (kept) idleBytes -= fitting
  return kept ?? ownBuffer(fitting)
}

function give(buffer: Buffer): void {
  const kept = idle.get(buffer.length)
  if (!kept || idleBytes + buffer.length > MOST_IDLE_BYTES) return freeBuffer(buffer)
  idleBytes += buffer.length
  kept.push(buffer)
}
