const MASK_BYTES = 4
/** Below this a word at a time gains nothing. */
const FEW_BYTES = 32

const rotated = new Uint8Array(MASK_BYTES)
const rotatedWord = new Int32Array(rotated.buffer)

/** Takes the mask, as four bytes big endian, off what stands from `start` to `end` (RFC 6455 section 5.3): four bytes at a time. */
export function unmask(bytes: Uint8Array, start: number, end: number, mask: number): void {
  if (mask === 0) return
  let at = start
  if (end - start >= FEW_BYTES) {
    while ((bytes.byteOffset + at) % MASK_BYTES !== 0) at = unmaskByte(bytes, at, start, mask)
    for (let each = 0; each < MASK_BYTES; each++) rotated[each] = maskByte(mask, at - start + each)
    const word = rotatedWord[0] ?? 0
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + at, Math.floor((end - at) / MASK_BYTES))
    for (let each = 0; each < words.length; each++) words[each] = (words[each] ?? 0) ^ word
    at += words.length * MASK_BYTES
  }
  while (at < end) at = unmaskByte(bytes, at, start, mask)
}

function unmaskByte(bytes: Uint8Array, at: number, start: number, mask: number): number {
  bytes[at] = (bytes[at] ?? 0) ^ maskByte(mask, at - start)
  return at + 1
}

function maskByte(mask: number, index: number): number {
  return (mask >>> (24 - 8 * (index % MASK_BYTES))) & 0xff
}
