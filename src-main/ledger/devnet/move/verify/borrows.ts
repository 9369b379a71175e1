import type { Type } from '../type.ts'

/**
 * Which of a function's own locals each of its references may point into, as sets of bits. A reference that comes out of an
 * instruction borrows what those that went in did; one that a call returns as mutable, only what mutable ones did. This is
 * the part of a node's borrow rules that keeps locals in their places; the rest is watched while code runs.
 */
export class Borrows {
  readonly #stack: bigint[]
  readonly #locals: Map<number, bigint>
  /** Of the references that the present instruction has taken from the stack. */
  #taken = 0n
  #takenMutable = 0n

  constructor(stack: bigint[] = [], locals = new Map<number, bigint>()) {
    this.#stack = stack
    this.#locals = locals
  }

  copy(): Borrows {
    return new Borrows([...this.#stack], new Map(this.#locals))
  }

  begin(): void {
    this.#taken = 0n
    this.#takenMutable = 0n
  }

  /** Whether a reference to a local was among what was taken. */
  get takesLocals(): boolean {
    return this.#taken !== 0n
  }

  derived(type: Type): bigint {
    if (type.kind !== 'reference') return 0n
    return type.mutable ? this.#takenMutable : this.#taken
  }

  push(roots: bigint): void {
    this.#stack.push(roots)
  }

  pop(type: Type): void {
    const roots = this.#stack.pop() ?? 0n
    this.#taken |= roots
    if (type.kind === 'reference' && type.mutable) this.#takenMutable |= roots
  }

  of(local: number): bigint {
    return this.#locals.get(local) ?? 0n
  }

  /** A local takes what was taken from the stack. */
  keep(local: number, type: Type): void {
    if (type.kind === 'reference') this.#locals.set(local, this.#taken)
  }

  release(local: number): void {
    this.#locals.delete(local)
  }

  /** Whether any reference may point into a local. */
  holds(local: number): boolean {
    const bit = 1n << BigInt(local)
    const points = (roots: bigint) => (roots & bit) !== 0n
    return this.#stack.some(points) || [...this.#locals.values()].some(points)
  }

  /** Adds what comes from another way, for locals that hold a value on both; whether anything was new. */
  join(other: Borrows, isHeld: (local: number) => boolean): boolean {
    let changed = false
    other.#stack.forEach((roots, index) => {
      const own = this.#stack[index] ?? 0n
      this.#stack[index] = own | roots
      changed ||= (own | roots) !== own
    })
    for (const [local, roots] of other.#locals) {
      if (!isHeld(local) || (this.of(local) | roots) === this.of(local)) continue
      this.#locals.set(local, this.of(local) | roots)
      changed = true
    }
    return changed
  }
}
