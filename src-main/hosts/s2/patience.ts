import { type Clock, systemClock } from '../../base/index.ts'

/** Somebody who looks at a terminal takes silence for a command that hangs. */
const SILENCE_MS = 1_000

/** Says once on standard error what a command waits for, where it takes longer than a second; the ledger's own deadlines end it. */
export async function withPatience<T>(
  say: ((line: string) => void) | undefined,
  work: () => Promise<T>,
  clock: Clock = systemClock,
): Promise<T> {
  const cancel = clock.after(SILENCE_MS, () =>
    say?.('Waiting for the ledger; without an answer this ends within half a minute.'),
  )
  try {
    return await work()
  } finally {
    cancel()
  }
}
