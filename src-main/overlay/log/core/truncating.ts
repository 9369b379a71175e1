import { FORGET_LOG_MS } from '../constants.ts'
import { askMajority } from './asking.ts'
import type { Ports } from './ports.ts'
import type { Answer, LogReader, LogRow } from './types.ts'
import { notIn } from './views.ts'

/** `done`: nobody has written to the log for FORGET_LOG_MS, as far as this node knows. */
export function idle(tables: LogReader, group: string, view: number, now: number): Answer {
  const row = tables.row(group)
  const refusal = notIn(row, view)
  if (refusal) return refusal
  if (row?.held !== view) return { kind: 'joining' }
  if (row.sealed) return { kind: 'sealed' }
  return row.used < now - FORGET_LOG_MS ? { kind: 'done' } : { kind: 'refused', promised: 0 }
}

interface Truncating {
  catchUp(group: string): Promise<boolean>
  change(group: string, floor: number): Promise<void>
}

/**
 * Gives up what is in a log that nobody has written to for FORGET_LOG_MS. Its members decide so, as the beginning of the next view: below
 * its floor nobody votes any more, and what was accepted at or above it meanwhile is taken over as ever. Whatever was acknowledged since is known to one
 * of the majority that is asked. Answers whether it was given up; rejects with `offline` where no majority answers.
 */
export async function truncate(ports: Ports, member: Truncating, group: string): Promise<boolean> {
  const row = ports.rows.row(group)
  if (!row || !isKept(row, ports.self)) return false
  const answers = await askMajority(ports, group, row, { kind: 'idle', view: row.number })
  for (const answer of answers)
    if (answer.kind === 'view') await ports.local(group, { kind: 'adopt', view: answer.view })
  if (!answers.every(({ kind }) => kind === 'done') || !(await member.catchUp(group))) return false
  const last = ports.rows.last(group)
  // One that was founded and never written to is closed for the entry that founded it as well.
  const floor = Math.min(Number.MAX_SAFE_INTEGER, (last ?? 0) + 1)
  if (floor <= row.floor) return false
  await member.change(group, floor)
  return (ports.rows.row(group)?.floor ?? 0) >= floor
}

function isKept({ number, held, sealed, members }: LogRow, self: string): boolean {
  return number > 0 && held === number && !sealed && members.includes(self)
}
