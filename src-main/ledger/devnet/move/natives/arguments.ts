import { Fault } from '../failure.ts'
import { Int, present, Reference, type Value, Vector } from '../value.ts'

/** What a reference among a native's arguments points at, or the argument itself. */
export function pointed(value: Value | undefined): Value {
  return present(value instanceof Reference ? value.read() : value)
}

export function bytesOf(value: Value | undefined): Uint8Array<ArrayBuffer> {
  const vector = pointed(value)
  if (!(vector instanceof Vector)) throw new Fault('this is no vector')
  return Uint8Array.from(vector.items, (item) => Number(integer(item)))
}

export function integer(value: Value | undefined): bigint {
  if (!(value instanceof Int)) throw new Fault('this is no integer')
  return value.value
}

export function addressOf(value: Value | undefined): string {
  if (typeof value !== 'string') throw new Fault('this is no address')
  return value
}
