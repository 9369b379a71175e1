import { broken } from '../failure.ts'
import { MAX_ROWS, MAX_TYPE_DEPTH, MAX_TYPE_NODES } from '../limits.ts'
import { ADDRESS, BOOL, type IntBits, intType, SIGNER, type Type } from '../type.ts'
import type { ByteReader } from './byte-reader.ts'

const PRIMITIVES = new Map<number, Type>([
  [0x1, BOOL],
  [0x5, ADDRESS],
  [0xc, SIGNER],
  ...([
    [0x2, 8],
    [0xd, 16],
    [0xe, 32],
    [0x3, 64],
    [0x4, 128],
    [0xf, 256],
  ].map(([code, bits]) => [code, intType(bits as IntBits)]) as [number, Type][]),
])
const REFERENCE = 0x6
const MUTABLE_REFERENCE = 0x7
const DATATYPE = 0x8
const PARAMETER = 0x9
const VECTOR = 0xa
const INSTANTIATION = 0xb
/** Most parameters, returns or locals of one function: a local's index is one byte. */
const MAX_SIGNATURE = 255

/** Names of datatypes by their handle. */
export type DatatypeNames = (index: number) => string

export function readSignature(reader: ByteReader, names: DatatypeNames): Type[] {
  return Array.from({ length: reader.uleb(MAX_SIGNATURE) }, () => readType(reader, names))
}

export function readType(reader: ByteReader, names: DatatypeNames): Type {
  const budget = { nodes: MAX_TYPE_NODES }
  const read = (depth: number): Type => {
    if (depth > MAX_TYPE_DEPTH || budget.nodes-- === 0) throw broken('a type is too large')
    const code = reader.u8()
    const primitive = PRIMITIVES.get(code)
    if (primitive) return primitive
    switch (code) {
      case REFERENCE:
      case MUTABLE_REFERENCE:
        if (depth > 0) throw broken('a reference inside a type')
        return { kind: 'reference', mutable: code === MUTABLE_REFERENCE, to: read(1) }
      case DATATYPE:
        return { kind: 'struct', name: names(reader.uleb(MAX_ROWS)), args: [] }
      case PARAMETER:
        return { kind: 'parameter', index: reader.uleb(MAX_ROWS) }
      case VECTOR:
        return { kind: 'vector', of: read(depth + 1) }
      case INSTANTIATION: {
        const name = names(reader.uleb(MAX_ROWS))
        return { kind: 'struct', name, args: Array.from({ length: reader.uleb(MAX_SIGNATURE) }, () => read(depth + 1)) }
      }
      default:
        throw broken('a type of an unknown kind')
    }
  }
  return read(0)
}
