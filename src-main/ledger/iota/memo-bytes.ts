import { BcsReader } from '@iota/bcs'
import { equal, toHex } from '../../base/index.ts'

/** Of an object's reference: id, version, and the digest behind its length. */
const REFERENCE_BYTES = 32 + 8 + 1 + 32
/** Of a shared object: id, first version, and whether it may change. */
const SHARED_BYTES = 32 + 8 + 1
const INTENT_BYTES = 3
const ANY = new Uint8Array()

/**
 * The memo of a transaction and who signed it: the last pure input that no command uses, where it begins with `magic`. Reads
 * BCS of SenderSignedData by hand, because the SDK's reader takes a hundred times as long, and junk must be cheap. Only for
 * transactions that split, merge and transfer coins, as ours are; undefined for all others, and for bytes that are none.
 */
export function readMemo(raw: Uint8Array, magic: Uint8Array = ANY): { sender: string; bytes: Uint8Array } | undefined {
  try {
    const reader = new BcsReader(raw)
    // One transaction; after its intent TransactionData::V1 with a ProgrammableTransaction.
    if (reader.readULEB() !== 1 || reader.shift(INTENT_BYTES).read8() !== 0 || reader.read8() !== 0) return undefined
    const pure = pureInputs(reader)
    if (!pure.some(({ bytes }) => startsWith(bytes, magic))) return undefined
    const used = usedInputs(reader)
    const memo = used && pure.findLast(({ index }) => !used.has(index))
    if (!memo || !startsWith(memo.bytes, magic)) return undefined
    return { sender: `0x${toHex(reader.readBytes(32))}`, bytes: new Uint8Array(memo.bytes) }
  } catch {
    return undefined
  }
}

function startsWith(bytes: Uint8Array, magic: Uint8Array): boolean {
  return equal(bytes.subarray(0, magic.length), magic)
}

function pureInputs(reader: BcsReader): { index: number; bytes: Uint8Array }[] {
  const pure: { index: number; bytes: Uint8Array }[] = []
  const count = reader.readULEB()
  for (let index = 0; index < count; index++) {
    if (reader.read8() === 0) pure.push({ index, bytes: reader.readBytes(reader.readULEB()) })
    else reader.shift(reader.read8() === 1 ? SHARED_BYTES : REFERENCE_BYTES)
  }
  return pure
}

/** Undefined where a command is of another kind. */
function usedInputs(reader: BcsReader): Set<number> | undefined {
  const used = new Set<number>()
  const count = reader.readULEB()
  for (let index = 0; index < count; index++) {
    const command = reader.read8()
    // TransferObjects has its list first, SplitCoins and MergeCoins their one coin.
    if (command < 1 || command > 3) return undefined
    if (command !== 1) readArgument(reader, used)
    for (let left = reader.readULEB(); left > 0; left--) readArgument(reader, used)
    if (command === 1) readArgument(reader, used)
  }
  return used
}

function readArgument(reader: BcsReader, used: Set<number>): void {
  const kind = reader.read8()
  if (kind === 0) return
  const index = reader.read16()
  if (kind === 1) used.add(index)
  if (kind === 3) reader.read16()
}
