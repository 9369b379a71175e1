import { concat } from '../../../base/index.ts'
import { MoveFailure } from '../move/index.ts'
import { canonicalType } from '../objects/index.ts'
import { argumentError } from './errors.ts'
import { type Frame, type Slot, take } from './frame.ts'
import type { Argument } from './transaction.ts'
import { bytesOf, typeOf, type Value } from './value.ts'

/** A vector of values of one type. Without a type, its elements are objects, and the first one says which. */
export function makeVector(frame: Frame, given: string | null, elements: Argument[]): Value[] {
  const slots = frame.slots(elements, 0)
  const type = given === null ? firstType(slots) : canonicalType(given)
  const parts = slots.map((slot, position) => element(frame, slot, position, type))
  return [{ kind: 'move', type: `vector<${type}>`, bytes: concat(uleb(parts.length), ...parts) }]
}

function firstType([first]: Slot[]): string {
  const type = first?.value && typeOf(first.value)
  if (type === undefined) throw argumentError(0, { TypeMismatch: true })
  return type
}

function element(frame: Frame, slot: Slot, position: number, type: string): Uint8Array {
  if (slot.isGas) throw argumentError(position, { InvalidGasCoinUsage: true })
  if (slot.value?.kind === 'pure') {
    checkBytes(frame, slot.value.bytes, position, type)
    return slot.value.bytes
  }
  if (slot.value && typeOf(slot.value) !== type) throw argumentError(position, { TypeMismatch: true })
  return bytesOf(take(slot, position))
}

function checkBytes(frame: Frame, bytes: Uint8Array, position: number, type: string): void {
  try {
    frame.context.machine.render(type, bytes)
  } catch (error) {
    if (error instanceof MoveFailure) throw argumentError(position, { InvalidBCSBytes: true })
    throw error
  }
}

function uleb(count: number): Uint8Array {
  const bytes: number[] = []
  let rest = count
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  bytes.push(rest)
  return Uint8Array.from(bytes)
}
