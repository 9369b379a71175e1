import type { Clock, Random } from '../../base/index.ts'

/** Runs a task again and again, half to one and a half `ms` apart: devices do not come in step. Answers what ends it. */
export function again({ clock, random }: { clock: Clock; random: Random }, ms: number, task: () => void): () => void {
  let cancel = () => {}
  const next = () => {
    cancel = clock.after(ms * (0.5 + random.float()), () => {
      task()
      next()
    })
  }
  next()
  return () => cancel()
}
