import { utf8 } from '../../../../base/index.ts'
import { type Type, typeText } from '../type.ts'
import { bytesValue, Struct, u64 } from '../value.ts'
import { bytesOf, integer } from './arguments.ts'
import type { Native } from './types.ts'

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

/** Whether no character of a UTF-8 text begins before `index` and ends behind it. */
function isBoundary(bytes: Uint8Array, index: bigint): boolean {
  const at = bytes[Number(index)]
  return index === BigInt(bytes.length) || (at !== undefined && (at & 0xc0) !== 0x80)
}

/** Parts of `std::string` that the ledger computes natively. */
export const textNatives: Record<string, Native> = {
  // Addresses without 0x, and no space behind a comma: as the ledger writes types for `TypeName`.
  '0x1::type_name::get_with_original_ids': (_, { typeArguments }) => {
    const text = typeText(typeArguments[0] as Type)
      .replaceAll('0x', '')
      .replaceAll(', ', ',')
    return [new Struct([new Struct([bytesValue(utf8(text))])])]
  },
  '0x1::string::internal_check_utf8': ([value], { meter }) => {
    const bytes = bytesOf(value)
    meter.charge(BigInt(bytes.length))
    return [isUtf8(bytes)]
  },
  '0x1::string::internal_is_char_boundary': ([value, index]) => [isBoundary(bytesOf(value), integer(index))],
  '0x1::string::internal_sub_string': ([value, start, end]) => [
    bytesValue(bytesOf(value).subarray(Number(integer(start)), Number(integer(end)))),
  ],
  '0x1::string::internal_index_of': ([value, part]) => [
    u64(BigInt(indexOf(Buffer.from(bytesOf(value)), Buffer.from(bytesOf(part))))),
  ],
}

/** The length where it does not occur, as on the ledger. */
function indexOf(text: Buffer, part: Buffer): number {
  const at = text.indexOf(part)
  return at < 0 ? text.length : at
}
