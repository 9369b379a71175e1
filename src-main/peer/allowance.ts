/** A bound on memory that several share: `take` answers false where it would be passed. */
export class Allowance {
  readonly #most: number
  #used = 0

  constructor(mostBytes: number) {
    this.#most = mostBytes
  }

  get used(): number {
    return this.#used
  }

  take(bytes: number): boolean {
    if (this.#used + bytes > this.#most) return false
    this.#used += bytes
    return true
  }

  give(bytes: number): void {
    this.#used -= bytes
  }
}
