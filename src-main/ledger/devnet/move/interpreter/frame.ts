import { Fault, type Location } from '../failure.ts'
import type { LinkedFunction } from '../library.ts'
import { MAX_STACK } from '../limits.ts'
import { substitute, type Type } from '../type.ts'
import { Int, present, Reference, type Slots, Struct, type Value, Vector } from '../value.ts'

/** One call under way: locals, operands and where it stands. */
export class Frame {
  readonly fn: LinkedFunction
  readonly typeArguments: Type[]
  readonly locals: Slots
  readonly #stack: Value[] = []
  /** The instruction after the one that runs. */
  next = 0
  /** The instruction that runs. */
  at = 0

  constructor(fn: LinkedFunction, typeArguments: Type[], values: Value[]) {
    this.fn = fn
    this.typeArguments = typeArguments
    this.locals = [...values]
  }

  get location(): Location {
    const { module, index, name } = this.fn
    const { address, name: moduleName } = module.name
    return { address, module: moduleName, function: index, instruction: this.at, functionName: name }
  }

  push(value: Value): void {
    if (this.#stack.length >= MAX_STACK) throw new Fault('the stack is full')
    this.#stack.push(value)
  }

  pop(): Value {
    return present(this.#stack.pop())
  }

  /** The topmost `count` values, lowest first. */
  popMany(count: number): Value[] {
    if (count > this.#stack.length) throw new Fault('the stack is empty')
    return count === 0 ? [] : this.#stack.splice(-count)
  }

  int(): Int {
    const value = this.pop()
    if (!(value instanceof Int)) throw new Fault('this is no integer')
    return value
  }

  bool(): boolean {
    const value = this.pop()
    if (typeof value !== 'boolean') throw new Fault('this is no bool')
    return value
  }

  reference(): Reference {
    const value = this.pop()
    if (!(value instanceof Reference)) throw new Fault('this is no reference')
    return value
  }

  /** The vector that a reference points at. */
  vector(): Vector {
    return vectorAt(this.reference())
  }

  /** The same to take out, add or swap elements: references to them end. */
  changedVector(): Vector {
    const reference = this.reference()
    if (!reference.mutable) throw new Fault('a read-only reference')
    const vector = vectorAt(reference)
    vector.order++
    return vector
  }

  struct(): Struct {
    const value = this.pop()
    if (!(value instanceof Struct)) throw new Fault('this is no struct')
    return value
  }

  /** Types of a signature with this call's type arguments in the place of parameters. */
  types(signature: number): Type[] {
    const types = this.fn.module.compiled.signatures[signature] ?? []
    return types.map((type) => substitute(type, this.typeArguments))
  }
}

function vectorAt(reference: Reference): Vector {
  const vector = reference.read()
  if (!(vector instanceof Vector)) throw new Fault('this is no vector')
  return vector
}
