import type { Writable } from 'node:stream'

/** More than this is not held back: what is gained by one write for many frames is gained by then. */
const MOST_BYTES = 64 * 1024

/** Streams that hold back what this turn of the event loop writes; emptied at its end. */
const held = new Set<Writable>()

/**
 * Lets the frames that are written to a stream within one turn of the event loop leave together: one TLS record and one system
 * call for all of them.
 */
export function holdBack(stream: Writable): void {
  if (held.has(stream)) {
    if (stream.writableLength > MOST_BYTES) release(stream)
    return
  }
  if (held.size === 0) setImmediate(releaseAll)
  held.add(stream)
  stream.cork()
}

function release(stream: Writable): void {
  held.delete(stream)
  stream.uncork()
}

function releaseAll(): void {
  for (const stream of held) release(stream)
}
