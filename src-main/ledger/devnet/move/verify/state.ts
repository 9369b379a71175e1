import { broken } from '../failure.ts'
import { COPY, DROP } from '../format/index.ts'
import type { Library, LinkedFunction } from '../library.ts'
import { MAX_STACK } from '../limits.ts'
import { sameType, type Type, typeText } from '../type.ts'
import { Borrows } from './borrows.ts'

/** Whether a local holds a value: `maybe` where ways of different kinds meet. */
type Held = 'no' | 'yes' | 'maybe'

/** Types on the stack and in the locals at one place of a function, and what its references borrow. */
export class TypeState {
  readonly library: Library
  readonly fn: LinkedFunction
  readonly held: Held[]
  readonly stack: Type[]
  readonly #borrows: Borrows

  constructor(library: Library, fn: LinkedFunction, held: Held[], stack: Type[] = [], borrows = new Borrows()) {
    this.library = library
    this.fn = fn
    this.held = held
    this.stack = stack
    this.#borrows = borrows
  }

  copy(): TypeState {
    return new TypeState(this.library, this.fn, [...this.held], [...this.stack], this.#borrows.copy())
  }

  /** Before each instruction. */
  begin(): void {
    this.#borrows.begin()
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
      this.#borrows.release(index)
      changed = true
    })
    return this.#borrows.join(other.#borrows, (index) => this.held[index] === 'yes') || changed
  }

  push(...types: Type[]): void {
    for (const type of types) this.#push(type, this.#borrows.derived(type))
  }

  /** A reference to a local. */
  borrow(index: number, mutable: boolean): void {
    const to = this.use(index)
    if (to.kind === 'reference') throw broken(`${this.fn.name}: a reference to a reference`)
    this.#push({ kind: 'reference', to, mutable }, 1n << BigInt(index))
  }

  #push(type: Type, roots: bigint): void {
    this.stack.push(type)
    this.#borrows.push(roots)
    if (this.stack.length > MAX_STACK) throw broken(`${this.fn.name}: the stack is too high`)
  }

  pop(): Type {
    const type = this.stack.pop()
    if (!type) throw broken(`${this.fn.name}: the stack is empty`)
    this.#borrows.pop(type)
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
    const roots = this.#borrows.of(index)
    if (!move) this.need(type, COPY, 'cannot be copied')
    else {
      this.#notBorrowed(index, 'moved')
      this.held[index] = 'no'
      this.#borrows.release(index)
    }
    this.#push(type, roots)
  }

  store(index: number): void {
    const type = this.local(index)
    this.expect(type)
    if (this.held[index] !== 'no') this.need(type, DROP, 'cannot be dropped')
    this.#notBorrowed(index, 'replaced')
    this.held[index] = 'yes'
    this.#borrows.keep(index, type)
  }

  #notBorrowed(index: number, what: string): void {
    if (this.#borrows.holds(index)) throw broken(`${this.fn.name}: a local is ${what} while it is borrowed`)
  }

  /** A function ends: what it returns lies on the stack, and nothing is lost that must not be. */
  end(): void {
    this.expectAll(this.fn.returns)
    if (this.#borrows.takesLocals) throw broken(`${this.fn.name}: a reference to a local is returned`)
    if (this.stack.length > 0) throw broken(`${this.fn.name}: values are left on the stack`)
    this.held.forEach((held, index) => {
      if (held !== 'no') this.need(this.local(index), DROP, 'cannot be dropped')
    })
  }
}
