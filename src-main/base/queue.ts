/** Runs tasks one after another in the order they came; one failing does not stop the next. */
export class SerialQueue {
  #tail: Promise<unknown> = Promise.resolve()
  #length = 0

  /** Tasks waiting or running. */
  get length(): number {
    return this.#length
  }

  run<T>(task: () => Promise<T> | T): Promise<T> {
    this.#length++
    const result = this.#tail.then(task)
    this.#tail = result.then(
      () => this.#length--,
      () => this.#length--,
    )
    return result
  }
}
