import { broken } from '../failure.ts'
import { COPY, DROP } from '../format/index.ts'
import type { Library, LinkedFunction } from '../library.ts'
import { MAX_STACK } from '../limits.ts'
import { sameType, type Type, typeText } from '../type.ts'

/** Whether a local holds a value: `maybe` where ways of different kinds meet. */
type Held = 'no' | 'yes' | 'maybe'

/** Types on the stack and in the locals at one place of a function. */
export class TypeState {
  readonly library: Library
  readonly fn: LinkedFunction
  readonly held: Held[]
  readonly stack: Type[]

  constructor(library: Library, fn: LinkedFunction, held: Held[], stack: Type[]) {
    this.library = library
    this.fn = fn
    this.held = held
    this.stack = stack
  }

  copy(): TypeState {
    return new TypeState(this.library, this.fn, [...this.held], [...this.stack])
  }

  /** Joins what comes from another way; whether anything became less certain. Throws MoveFailure where stacks differ. */
  join(other: TypeState): boolean {
    const same =
      this.stack.length === other.stack.length && this.stack.every((type, i) => sameType(type, other.stack[i] as Type))
    if (!same) throw broken(`${this.fn.name}: the stack depends on the way taken`)
    let changed = false
    this.held.forEach((held, index) => {
      if (held === 'maybe' || held === other.held[index]) return
      this.held[index] = 'maybe'
      changed = true
    })
    return changed
  }

  push(...types: Type[]): void {
    this.stack.push(...types)
    if (this.stack.length > MAX_STACK) throw broken(`${this.fn.name}: the stack is too high`)
  }

  pop(): Type {
    const type = this.stack.pop()
    if (!type) throw broken(`${this.fn.name}: the stack is empty`)
    return type
  }

  expect(type: Type): void {
    const found = this.pop()
    // A mutable reference serves where a read-only one is asked for.
    const weaker =
      found.kind === 'reference' && type.kind === 'reference' && !type.mutable && sameType(found.to, type.to)
    if (!weaker && !sameType(found, type))
      throw broken(`${this.fn.name}: ${typeText(found)} in the place of ${typeText(type)}`)
  }

  expectAll(types: readonly Type[]): void {
    for (const type of types.toReversed()) this.expect(type)
  }

  reference(mutable: boolean): Type {
    const type = this.pop()
    if (type.kind !== 'reference' || (mutable && !type.mutable)) throw broken(`${this.fn.name}: this is no reference`)
    return type.to
  }

  integer(): Type {
    const type = this.pop()
    if (type.kind !== 'int') throw broken(`${this.fn.name}: this is no integer`)
    return type
  }

  abilities(type: Type): number {
    return this.library.abilities(type, this.fn.typeParameters)
  }

  need(type: Type, ability: number, what: string): void {
    if ((this.abilities(type) & ability) !== ability) throw broken(`${this.fn.name}: ${typeText(type)} ${what}`)
  }

  local(index: number): Type {
    return this.fn.locals[index] as Type
  }

  /** A local that surely holds a value. */
  use(index: number): Type {
    if (this.held[index] !== 'yes') throw broken(`${this.fn.name}: a local without a value`)
    return this.local(index)
  }

  load(index: number, move: boolean): void {
    const type = this.use(index)
    if (move) this.held[index] = 'no'
    else this.need(type, COPY, 'cannot be copied')
    this.push(type)
  }

  store(index: number): void {
    const type = this.local(index)
    this.expect(type)
    if (this.held[index] !== 'no') this.need(type, DROP, 'cannot be dropped')
    this.held[index] = 'yes'
  }

  /** A function ends: what it returns lies on the stack, and nothing is lost that must not be. */
  end(): void {
    this.expectAll(this.fn.returns)
    if (this.stack.length > 0) throw broken(`${this.fn.name}: values are left on the stack`)
    this.held.forEach((held, index) => {
      if (held !== 'no') this.need(this.local(index), DROP, 'cannot be dropped')
    })
  }
}
