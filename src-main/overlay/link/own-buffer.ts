/** Smaller ones share memory with others, and are not worth it. */
const LARGE_BYTES = 4 * 1024

/** A buffer with anything in it, whose memory is its own where it is large: `freeBuffer` may free it. */
export function ownBuffer(size: number): Buffer {
  return size < LARGE_BYTES ? Buffer.allocUnsafe(size) : Buffer.allocUnsafeSlow(size)
}

/**
 * Frees the memory of a large buffer at once where it is all its own; the buffer, and whatever is a part of it, is empty then. V8 counts
 * such memory against its heap until a collection finds it: a relay that leaves a buffer or two of 16 KiB behind for each envelope
 * spends half of its processor time on that (measured).
 */
export function freeBuffer(buffer: Buffer): void {
  const memory = buffer.buffer
  if (buffer.length < LARGE_BYTES || memory.byteLength !== buffer.length || !(memory instanceof ArrayBuffer)) return
  memory.transfer(0)
}
