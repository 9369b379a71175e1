import { crc32 } from 'node:zlib'
import { ParleyError } from '../../../contract/index.ts'

/** length u32 ‖ checksum of the payload u32 ‖ checksum of these 8 bytes u32, all little endian. */
const HEADER_BYTES = 12

/** A frame is one group commit: the journal writes the next only when this one is durable. */
export function encodeFrame(payload: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt32LE(payload.length, 0)
  header.writeUInt32LE(crc32(payload), 4)
  header.writeUInt32LE(crc32(header.subarray(0, 8)), 8)
  return Buffer.concat([header, payload])
}

export interface FrameScan {
  payloads: Buffer[]
  /** Bytes of whole frames; what follows is a write that never finished, so it was never acknowledged. */
  length: number
}

/**
 * Reads every whole frame. Only the last frame can be torn; damage before it is not repaired but thrown
 * as `storage_damaged`, because acknowledged transactions would be lost.
 */
export function scanFrames(data: Buffer): FrameScan {
  const payloads: Buffer[] = []
  let at = 0
  while (at < data.length) {
    const rest = data.subarray(at)
    if (rest.length < HEADER_BYTES) break
    if (crc32(rest.subarray(0, 8)) !== rest.readUInt32LE(8)) {
      if (rest.every((byte) => byte === 0)) break
      throw damaged(at)
    }
    const end = HEADER_BYTES + rest.readUInt32LE(0)
    if (end > rest.length) break
    const payload = rest.subarray(HEADER_BYTES, end)
    if (crc32(payload) !== rest.readUInt32LE(4)) {
      if (end < rest.length) throw damaged(at)
      break
    }
    payloads.push(payload)
    at += end
  }
  return { payloads, length: at }
}

function damaged(at: number): ParleyError {
  return new ParleyError('storage_damaged', `The ledger's journal is damaged at byte ${at}.`)
}
