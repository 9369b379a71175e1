import { MAX_HEADS, MAX_PAGE_BYTES, MAX_PAGE_ENTRIES } from '../constants.ts'
import { blankRow, emptySlot } from './acceptor.ts'
import { hasForgotten } from './memory.ts'
import {
  type Answer,
  FORGOTTEN,
  foundingOf,
  type LogReader,
  type LogRow,
  type LogTables,
  type Moved,
  SUCCESSOR,
  type View,
  viewOf,
} from './types.ts'

/**
 * Learns that a view was decided. A node that voted in the view before keeps what it has, sealed; what any other has may be
 * older than what was decided since, and goes. Throws `storage_full` where this node is to keep a log for which it has no room.
 */
export function adopt(tables: LogTables, group: string, self: string, view: View, now: number): Answer {
  const known = tables.row(group)
  const row = known ?? blankRow()
  if (row.number >= view.number) return { kind: 'view', view: viewOf(row), held: row.held === row.number }
  // Who was lost when a view was begun without a majority did not take part in what came before it.
  // Without room this node does not vote, and is told again.
  if (view.members.includes(self) && row.held === 0) tables.requireKeepingRoom(group, view)
  const isNext = row.held === view.after && view.previous.includes(self)
  const floor = Math.max(row.floor, view.floor)
  if (isNext) tables.dropSlots(group, SUCCESSOR)
  else tables.dropSlots(group)
  if (floor > row.floor) tables.dropBelow(group, floor)
  // A log that begins has nothing to take over.
  const isForgetful = hasForgotten(tables, known) && view.members.some((node) => node !== self)
  const begins = view.after === 0 && view.members.includes(self) && !isForgetful
  const before = isForgetful ? FORGOTTEN : 0
  const held = begins ? view.number : isNext ? row.held : before
  // Who founded it stays what this node was told, and checked, first.
  const founding = foundingOf(row.number > 0 ? row : view)
  tables.putRow(group, { ...view, ...founding, floor, held, sealed: false, used: usedBy(self, row, view, now) })
  return { kind: 'done' }
}

/** A member goes by when the log was written to, who only knows of it by when it was told: so neither is kept for a move alone. */
function usedBy(self: string, row: LogRow, view: View, now: number): number {
  if (view.after === 0 || !view.members.includes(self)) return now
  const told = Math.min(view.used, now)
  return row.members.includes(self) ? Math.max(row.used, told) : told
}

/**
 * Takes in what another has: of each epoch the highest ballot stays, and the latest use. Only on the way into a view: so whoever enters knows of every
 * use that was acknowledged, as one of the majority that it asks does, whatever the one that told of the view missed.
 */
export function absorb(
  tables: LogTables,
  group: string,
  { view, slots, used }: { view: number; slots: readonly Moved[]; used: number },
  now: number,
): Answer {
  const row = tables.row(group)
  if (row?.number !== view || row.held === view) return { kind: 'done' }
  const latest = Math.max(row.used, Math.min(used, now))
  if (latest > row.used) tables.putRow(group, { ...row, used: latest })
  for (const { epoch, view: acceptedView, ballot: accepted, value, decided } of slots) {
    if (epoch < row.floor) continue
    const own = tables.slot(group, epoch) ?? emptySlot(epoch)
    const isHigher = acceptedView > own.acceptedView || (acceptedView === own.acceptedView && accepted > own.accepted)
    if (own.decided || !(decided || own.value === undefined || isHigher)) continue
    tables.putSlot(group, { ...own, acceptedView, accepted, value, decided })
  }
  return { kind: 'done' }
}

export function start(tables: LogTables, group: string, view: number): Answer {
  const row = tables.row(group)
  if (row?.number !== view || row.held === view) return { kind: 'done' }
  if (row.held === 0) tables.requireKeepingRoom(group, row)
  tables.putRow(group, { ...row, held: view, sealed: false })
  return { kind: 'done' }
}

export function leave(tables: LogTables, group: string, self: string, view: number): Answer {
  const row = tables.row(group)
  if (row?.number !== view || row.members.includes(self)) return { kind: 'done' }
  tables.dropSlots(group)
  tables.putRow(group, { ...row, held: 0 })
  return { kind: 'done' }
}

/**
 * What this node has for those who enter `view`: either it voted in the view before and is sealed, then a majority of such has all that
 * was decided; or it has entered the view itself, then it alone has.
 */
export function pull(tables: LogReader, group: string, from: string, view: number, epoch: number): Answer {
  const row = tables.row(group)
  const refusal = notIn(row, view)
  if (refusal || !row) return refusal ?? { kind: 'unknown' }
  if (row.held !== view && row.held !== row.after) return { kind: 'joining' }
  if (!row.members.includes(from)) return { kind: 'joining' }
  const slots: Moved[] = []
  let bytes = 0
  for (const slot of tables.slots(group, epoch, MAX_PAGE_ENTRIES)) {
    if (!slot.value) continue
    bytes += slot.value.length
    if (slots.length > 0 && bytes > MAX_PAGE_BYTES) break
    const { epoch: at, acceptedView, accepted: ballot, value, decided } = slot
    slots.push({ epoch: at, view: acceptedView, ballot, value, decided })
  }
  const last = slots.at(-1)
  return { kind: 'page', started: row.held === view, slots, next: last && last.epoch + 1, used: row.used }
}

/** Epochs that have a value here, decided or not. */
export function heads(tables: LogReader, group: string, view: number, from: number): Answer {
  const row = tables.row(group)
  const refusal = notIn(row, view)
  if (refusal) return refusal
  if (row?.held !== view) return { kind: 'joining' }
  return { kind: 'heads', epochs: tables.heads(group, from, MAX_HEADS) }
}

/** `joining`: the log may have been founded, but this node has not heard of it. */
export function find(tables: LogReader, group: string): Answer {
  const row = tables.row(group)
  if (!row || row.number === 0) return { kind: tables.slot(group, SUCCESSOR)?.value ? 'joining' : 'unknown' }
  return { kind: 'view', view: viewOf(row), held: row.held === row.number }
}

/** `done`: this node knows of no view above that one. */
export function newer(tables: LogReader, group: string, view: number): Answer {
  const row = tables.row(group)
  if (!row || row.number <= view) return { kind: 'done' }
  return { kind: 'view', view: viewOf(row), held: row.held === row.number }
}

/** Why a node cannot speak for a view; undefined where it may. */
export function notIn(row: LogRow | undefined, view: number): Answer | undefined {
  if (!row || row.number < view) return { kind: 'unknown' }
  return row.number > view ? { kind: 'view', view: viewOf(row), held: row.held === row.number } : undefined
}
