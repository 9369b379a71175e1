import { Fault } from '../failure.ts'
import type { IntBits } from '../type.ts'
import { byte, Int, MAX_OF } from '../value.ts'
import type { Operation, Operations } from './operations.ts'

/** A number of a width. Throws Fault where it does not fit. */
function fit(bits: IntBits, value: bigint): Int {
  if (value < 0n || value > MAX_OF[bits]) throw new Fault('arithmetic out of range')
  return bits === 8 ? byte(Number(value)) : new Int(bits, value)
}

function binary(compute: (a: bigint, b: bigint) => bigint): Operation {
  return (frame) => {
    const b = frame.int()
    const a = frame.int()
    if (a.bits !== b.bits) throw new Fault('two integers of different widths')
    frame.push(fit(a.bits, compute(a.value, b.value)))
  }
}

function nonZero(compute: (a: bigint, b: bigint) => bigint): Operation {
  return binary((a, b) => {
    if (b === 0n) throw new Fault('division by zero')
    return compute(a, b)
  })
}

/** Shifts take a u8; as many bits as the number has, or more, are out of range. Bits shifted out at the top are lost. */
function shift(compute: (value: bigint, by: bigint, max: bigint) => bigint): Operation {
  return (frame) => {
    const by = frame.int()
    const { bits, value } = frame.int()
    if (by.value >= BigInt(bits)) throw new Fault('arithmetic out of range')
    frame.push(fit(bits, compute(value, by.value, MAX_OF[bits])))
  }
}

function order(compare: (a: bigint, b: bigint) => boolean): Operation {
  return (frame) => {
    const b = frame.int()
    const a = frame.int()
    frame.push(compare(a.value, b.value))
  }
}

const cast =
  (bits: IntBits): Operation =>
  (frame) =>
    frame.push(fit(bits, frame.int().value))

const load =
  (bits: IntBits): Operation =>
  (frame, { value }) =>
    frame.push(fit(bits, value))

export const integerOperations: Operations = {
  LdU8: load(8),
  LdU16: load(16),
  LdU32: load(32),
  LdU64: load(64),
  LdU128: load(128),
  LdU256: load(256),
  CastU8: cast(8),
  CastU16: cast(16),
  CastU32: cast(32),
  CastU64: cast(64),
  CastU128: cast(128),
  CastU256: cast(256),
  Add: binary((a, b) => a + b),
  Sub: binary((a, b) => a - b),
  Mul: binary((a, b) => a * b),
  Div: nonZero((a, b) => a / b),
  Mod: nonZero((a, b) => a % b),
  BitOr: binary((a, b) => a | b),
  BitAnd: binary((a, b) => a & b),
  Xor: binary((a, b) => a ^ b),
  Shl: shift((value, by, max) => (value << by) & max),
  Shr: shift((value, by) => value >> by),
  Lt: order((a, b) => a < b),
  Le: order((a, b) => a <= b),
  Gt: order((a, b) => a > b),
  Ge: order((a, b) => a >= b),
}
