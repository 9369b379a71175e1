/**
 * Runs `work` again and again while it is wanted, one at a time. A call while it runs is not lost: it is asked for once more
 * when the run ends. A failure or `false` (nothing could be done) ends the run; the next call starts a new one.
 */
export function repeatWhile(wanted: () => boolean, work: () => Promise<boolean>): () => Promise<void> {
  let running = false
  return async () => {
    if (running) return
    running = true
    try {
      while (wanted() && (await work()));
    } finally {
      running = false
    }
  }
}
