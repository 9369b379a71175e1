import { ParleyError } from '../../contract/index.ts'

/** What became of a transfer. */
export interface Settled {
  digest: string
  state: 'pending' | 'done' | 'failed'
}

interface Waiting {
  written: () => void
  failed: (error: ParleyError) => void
}

/** Records that are signed and that the ledger does not have yet, each with who waits for it: as many as a day's budget at most. */
export class Unwritten {
  readonly #waiting = new Map<string, Waiting>()
  #stopped = false

  get size(): number {
    return this.#waiting.size
  }

  /** Resolves once the ledger has the record. Throws `conflict` where it never will, and `offline` at the end. */
  wait(digest: string): Promise<void> {
    return new Promise((written, failed) => {
      if (this.#stopped) failed(closing())
      else this.#waiting.set(digest, { written, failed })
    })
  }

  settled({ digest, state }: Settled): void {
    const waiting = this.#waiting.get(digest)
    if (!waiting || state === 'pending') return
    this.#waiting.delete(digest)
    if (state === 'done') waiting.written()
    else waiting.failed(new ParleyError('conflict', 'The ledger did not take the record.', { reason: 'coins_changed' }))
  }

  stop(): void {
    this.#stopped = true
    for (const { failed } of this.#waiting.values()) failed(closing())
    this.#waiting.clear()
  }
}

function closing(): ParleyError {
  return new ParleyError('offline', 'Parley is closing.')
}
