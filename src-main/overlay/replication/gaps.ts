/** Beyond so many the two that are nearest to each other become one: what lies between is read once more, and nothing is lost. */
const MAX_GAPS = 128

/** Changes of another node after the first number, up to the second. */
export interface Gap {
  after: number
  until: number
}

/** What is to be read again of another node's changes: gaps in order, that do not touch. */
export class Gaps {
  readonly #gaps: Gap[]

  constructor(gaps: readonly Gap[] = []) {
    this.#gaps = [...gaps]
  }

  get all(): readonly Gap[] {
    return this.#gaps
  }

  /** The first that ends behind `place`, or of all where none does. */
  next(place: number): Gap | undefined {
    return this.#gaps.find(({ until }) => until > place) ?? this.#gaps[0]
  }

  add({ after, until }: Gap): void {
    const touching = (gap: Gap) => gap.after <= until && gap.until >= after
    const merged = this.#gaps
      .filter(touching)
      .reduce((sum, gap) => ({ after: Math.min(sum.after, gap.after), until: Math.max(sum.until, gap.until) }), {
        after,
        until,
      })
    this.#set([...this.#gaps.filter((gap) => !touching(gap)), merged])
    if (this.#gaps.length > MAX_GAPS) this.#joinNearest()
  }

  remove({ after, until }: Gap): void {
    const left = this.#gaps.flatMap((gap) => [
      { after: gap.after, until: Math.min(gap.until, after) },
      { after: Math.max(gap.after, until), until: gap.until },
    ])
    this.#set(left.filter((gap) => gap.after < gap.until))
  }

  #set(gaps: Gap[]): void {
    this.#gaps.splice(0, this.#gaps.length, ...gaps.sort((one, other) => one.after - other.after))
  }

  #joinNearest(): void {
    const between = (at: number) => (this.#gaps[at + 1]?.after ?? Infinity) - (this.#gaps[at]?.until ?? 0)
    let nearest = 0
    for (let at = 1; at < this.#gaps.length - 1; at++) if (between(at) < between(nearest)) nearest = at
    const [first, second] = this.#gaps.splice(nearest, 2)
    if (first && second) this.#gaps.splice(nearest, 0, { after: first.after, until: second.until })
  }
}
