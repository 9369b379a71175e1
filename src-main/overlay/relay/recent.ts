/** A set of keys that forgets the oldest beyond `most`. */
export class RecentKeys {
  readonly #most: number
  readonly #keys = new Set<string>()

  constructor(most: number) {
    this.#most = most
  }

  has(key: string): boolean {
    return this.#keys.has(key)
  }

  add(key: string): void {
    this.#keys.delete(key)
    this.#keys.add(key)
    if (this.#keys.size <= this.#most) return
    const oldest = this.#keys.values().next().value
    if (oldest !== undefined) this.#keys.delete(oldest)
  }
}
