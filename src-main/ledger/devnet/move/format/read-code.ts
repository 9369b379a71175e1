import { broken } from '../failure.ts'
import { MAX_ROWS } from '../limits.ts'
import type { ByteReader } from './byte-reader.ts'
import type { CodeUnit } from './module.ts'
import { type Instruction, opcodes, type Operand } from './opcodes.ts'

const FULL_JUMP_TABLE = 1
const WIDTHS: Partial<Record<Operand, number>> = { u8: 1, u16: 2, u32: 4, u64: 8, u128: 16, u256: 32 }

export function readCode(reader: ByteReader, version: number): CodeUnit {
  const locals = reader.uleb(MAX_ROWS)
  const instructions = Array.from({ length: count(reader) }, () => readInstruction(reader))
  const jumpTables = version < 7 ? [] : Array.from({ length: count(reader) }, () => readJumpTable(reader))
  return { locals, instructions, jumpTables }
}

/** A count of things that take a byte each at least: the bytes run out before memory does. */
function count(reader: ByteReader): number {
  return reader.uleb(MAX_ROWS)
}

function readInstruction(reader: ByteReader): Instruction {
  const code = reader.u8()
  const found = opcodes.get(code)
  if (!found) throw broken(`opcode 0x${code.toString(16)} is not supported`)
  const { op, operand } = found
  const width = WIDTHS[operand]
  if (width !== undefined) return { op, index: 0, value: reader.fixed(width) }
  if (operand === 'none') return { op, index: 0, value: 0n }
  // A local is one byte's worth of number in the format; the reader's bound for the others is a table's.
  const index = reader.uleb(operand === 'local' ? 255 : MAX_ROWS)
  return { op, index, value: operand === 'signatureAndCount' ? reader.fixed(8) : 0n }
}

function readJumpTable(reader: ByteReader): CodeUnit['jumpTables'][number] {
  const enumDefinition = reader.uleb(MAX_ROWS)
  const branches = count(reader)
  if (reader.u8() !== FULL_JUMP_TABLE) throw broken('a jump table of an unknown kind')
  return { enumDefinition, targets: Array.from({ length: branches }, () => reader.uleb(MAX_ROWS)) }
}
