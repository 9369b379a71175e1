import { Fault, outOfGas } from '../failure.ts'
import { MAX_STEPS, MAX_VALUE_DEPTH, MAX_VALUE_NODES } from '../limits.ts'
import { present, Reference, type Slots, Struct, type Value, Vector } from '../value.ts'

/** Counts what a call uses and ends it at the limit. */
export class Meter {
  #steps = 0n

  get steps(): bigint {
    return this.#steps
  }

  /** Throws MoveFailure `InsufficientGas`. */
  charge(steps: bigint): void {
    this.#steps += steps
    if (this.#steps > MAX_STEPS) throw outOfGas('the call takes too many steps')
  }

  /** A copy of a value; each of its parts costs a step, so repeated doubling ends. */
  copy(value: Value): Value {
    let nodes = 0
    const duplicate = (from: Value, depth: number): Value => {
      if (++nodes > MAX_VALUE_NODES || depth > MAX_VALUE_DEPTH) throw new Fault('a value is too large')
      if (from instanceof Vector) return new Vector(from.items.map((item) => duplicate(present(item), depth + 1)))
      if (from instanceof Struct)
        return new Struct(
          from.fields.map((field) => duplicate(present(field), depth + 1)),
          from.variant,
        )
      return from
    }
    const result = duplicate(value, 0)
    if (nodes > 1) this.charge(BigInt(nodes))
    return result
  }

  /** Whether two values of one type are equal; references compare what they point at. */
  equal(a: Value, b: Value): boolean {
    let nodes = 0
    const same = (x: Value, y: Value, depth: number): boolean => {
      if (++nodes > MAX_VALUE_NODES || depth > MAX_VALUE_DEPTH) throw new Fault('a value is too large')
      if (x instanceof Vector && y instanceof Vector) return sameSlots(x.items, y.items, depth + 1)
      if (x instanceof Struct && y instanceof Struct)
        return x.variant === y.variant && sameSlots(x.fields, y.fields, depth + 1)
      if (typeof x === 'object' && typeof y === 'object' && 'bits' in x && 'bits' in y)
        return x.bits === y.bits && x.value === y.value
      return x === y
    }
    const sameSlots = (x: Slots, y: Slots, depth: number): boolean =>
      x.length === y.length && x.every((item, index) => same(present(item), present(y[index]), depth))
    const result = same(target(a), target(b), 0)
    if (nodes > 1) this.charge(BigInt(nodes))
    return result
  }
}

function target(value: Value): Value {
  return value instanceof Reference ? value.read() : value
}
