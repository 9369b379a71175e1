/**
 * A set of keys that forgets the oldest beyond `most`: two halves, of which the older is dropped when the newer is full, so that a key
 * costs one insertion and no removal.
 */
export class RecentKeys {
  readonly #half: number
  #newer = new Set<string>()
  #older = new Set<string>()

  constructor(most: number) {
    this.#half = Math.ceil(most / 2)
  }

  get size(): number {
    return this.#newer.size + this.#older.size
  }

  has(key: string): boolean {
    return this.#newer.has(key) || this.#older.has(key)
  }

  add(key: string): void {
    this.#newer.add(key)
    if (this.#newer.size < this.#half) return
    this.#older = this.#newer
    this.#newer = new Set()
  }
}
