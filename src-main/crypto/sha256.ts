import { hash } from 'node:crypto'

/** SHA-256 (FIPS 180-4) of some bytes, 32 bytes; 3 us for 300 bytes, 40 us for 64 KiB. */
export function sha256(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(hash('sha256', bytes, 'buffer'))
}
