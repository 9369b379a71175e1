/** What a command may use of its process. */
export interface CommandIo {
  readonly env: NodeJS.ProcessEnv
  /** Results and the ready line. */
  print(line: string): void
  /** Words for a person; the log goes there too. */
  say(line: string): void
  /** Aborts on SIGINT and SIGTERM: then the command stops cleanly and answers 0. */
  readonly signal: AbortSignal
  /** Whether a person sits in front of it. */
  readonly interactive: boolean
}

/** Runs a command and answers its exit code. Throws UsageError (exit 2) or ParleyError (exit 1). */
export type Command = (args: string[], io: CommandIo) => Promise<number>

/** Resolves when the command has been asked to stop. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    // Keeps the process alive: everything else that could (sockets, workers) may be gone while a link is down.
    const alive = setInterval(() => {}, 2 ** 30)
    signal.addEventListener('abort', () => (clearInterval(alive), resolve()), { once: true })
  })
}
