import type { Clock } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'

/**
 * Asks one after the other: the next as soon as one fails, or has not answered after `afterMs`, so that a silent node costs
 * that long and no more. The first answer counts. Rejects with the last failure, with one that is `final` at once, and
 * with `offline` where there is nobody to ask.
 */
export function askInTurn<T, R>(
  clock: Clock,
  items: readonly T[],
  afterMs: number,
  ask: (item: T) => Promise<R>,
  final: (error: unknown) => boolean = () => false,
): Promise<R> {
  return new Promise((resolve, reject) => {
    const left = [...items]
    let running = 0
    let cancel = () => {}
    let failure: unknown = new ParleyError('offline', 'No node can be reached.', { retryAfter: 1_000 })
    const end = (settle: () => void) => {
      cancel()
      left.length = 0
      settle()
    }
    const next = () => {
      cancel()
      const [item] = left.splice(0, 1)
      if (item === undefined) return running === 0 ? reject(failure) : undefined
      running++
      cancel = clock.after(afterMs, next)
      ask(item).then(
        (answer) => end(() => resolve(answer)),
        (error: unknown) => {
          running--
          failure = error
          if (final(error)) end(() => reject(error))
          else next()
        },
      )
    }
    next()
  })
}

/** Asks all at once; resolves with the first answer that is not undefined, or undefined when all have answered or failed. */
export function askAll<T, R>(
  items: readonly T[],
  ask: (item: T) => Promise<R | undefined>,
  failed: (error: unknown) => void,
): Promise<R | undefined> {
  return new Promise((resolve) => {
    let waiting = items.length
    const done = () => --waiting === 0 && resolve(undefined)
    if (waiting === 0) return resolve(undefined)
    for (const item of items)
      ask(item).then(
        (answer) => (answer === undefined ? done() : resolve(answer)),
        (error: unknown) => {
          failed(error)
          done()
        },
      )
  })
}
