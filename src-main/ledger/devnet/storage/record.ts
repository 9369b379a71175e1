import { bcs } from '@iota/bcs'
import { ParleyError } from '../../../contract/index.ts'
import { ByteVector, Time } from '../../../wire/index.ts'

/** A transaction with its 128 KiB, its signatures, and the few fields around them. */
const MAX_RECORD_BYTES = 1024 * 1024

const Record = bcs.struct('Record', {
  bytes: ByteVector,
  signatures: bcs.vector(bcs.string()),
  time: Time,
  effectsDigest: bcs.string(),
})

/** What must be kept of a transaction to execute it again with the same result. */
export interface JournalRecord {
  /** BCS of TransactionData. */
  bytes: Uint8Array
  /** base64, as they came. */
  signatures: string[]
  /** Milliseconds since 1970: the time of its checkpoint. */
  time: number
  /** base58; replay must reach the same. */
  effectsDigest: string
}

/** length u32 little endian ‖ BCS. */
export function encodeRecord(record: JournalRecord): Buffer {
  const body = Record.serialize(record, { maxSize: MAX_RECORD_BYTES }).toBytes()
  const length = Buffer.alloc(4)
  length.writeUInt32LE(body.length)
  return Buffer.concat([length, body])
}

export function decodeRecords(payload: Buffer): JournalRecord[] {
  const records: JournalRecord[] = []
  try {
    for (let at = 0; at < payload.length;) {
      const end = at + 4 + payload.readUInt32LE(at)
      if (end > payload.length) throw new RangeError('record beyond its frame')
      records.push(Record.parse(new Uint8Array(payload.subarray(at + 4, end))))
      at = end
    }
  } catch (cause) {
    throw new ParleyError('storage_damaged', "The ledger's journal cannot be read.", { cause })
  }
  return records
}
