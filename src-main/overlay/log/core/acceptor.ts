import { equal } from '../../../base/index.ts'
import { ParleyError } from '../../../contract/index.ts'
import { MAX_ENTRIES, MAX_ENTRY_BYTES, MAX_LOG_BYTES, MAX_LOGS_PER_ADDRESS, MAX_SLOTS } from '../constants.ts'
import { decodeMembers } from './founding.ts'
import { type Answer, type LogReader, type LogRow, type LogTables, type Slot, SUCCESSOR, viewOf } from './types.ts'

/** Who asks what of which log. */
export interface Vote {
  group: string
  /** The asking node's key. */
  from: string
  view: number
  epoch: number
}

/** The first phase: promises to take no lower ballot, and tells what was accepted. Throws `storage_full` where far too much was promised. */
export function prepare(tables: LogTables, vote: Vote, ballot: number, now: number): Answer {
  const refusal = guard(tables, vote)
  if (refusal) return refusal
  const slot = slotAt(tables, vote)
  const { value } = slot
  if (slot.decided && value) return { kind: 'decided', value }
  const promised = promisedIn(slot, vote.view)
  // Never the same ballot twice: so no two proposers get a majority for one ballot, also not one that forgot the first.
  if (ballot <= promised) return { kind: 'refused', promised }
  if (!tables.slot(vote.group, vote.epoch) && tables.total(vote.group).slots >= MAX_SLOTS) throw full()
  const row = tables.row(vote.group) ?? blankRow()
  if (row.number === 0 && row.via === '') tables.putRow(vote.group, { ...row, via: vote.from, used: now })
  tables.putSlot(vote.group, { ...slot, promisedView: vote.view, promised: ballot })
  return { kind: 'promised', accepted: value && { view: slot.acceptedView, ballot: slot.accepted, value } }
}

/** The second phase. Throws `too_large` or `storage_full` where the log, or its founder, has no room left. */
export function accept(tables: LogTables, vote: Vote, ballot: number, value: Uint8Array, now: number): Answer {
  const refusal = guard(tables, vote)
  if (refusal) return refusal
  const slot = slotAt(tables, vote)
  if (slot.decided && slot.value) return { kind: 'decided', value: slot.value }
  const promised = promisedIn(slot, vote.view)
  if (ballot < promised) return { kind: 'refused', promised }
  const isAgain = slot.value !== undefined && slot.acceptedView === vote.view && slot.accepted === ballot
  if (isAgain && slot.value) return equal(slot.value, value) ? { kind: 'accepted' } : { kind: 'refused', promised }
  requireRoom(tables, vote, slot, value)
  const row = tables.row(vote.group) ?? { ...blankRow(), via: vote.from }
  const isMove = vote.epoch === SUCCESSOR && vote.view > 0
  const used = isMove ? row.used : Math.max(row.used, now)
  tables.putRow(vote.group, { ...row, sealed: row.sealed || isMove, used })
  const accepted = { acceptedView: vote.view, accepted: ballot, value }
  tables.putSlot(vote.group, { ...slot, ...accepted, promisedView: vote.view, promised: ballot })
  return { kind: 'accepted' }
}

/**
 * The leader's own first proposal of an epoch. What it has from a view before may have been decided there, and what it proposed
 * before a restart may have been decided since: then that is what it must propose.
 */
export function lead(tables: LogTables, vote: Vote, value: Uint8Array, now: number): Answer {
  const refusal = guard(tables, vote)
  if (refusal) return refusal
  if (tables.row(vote.group)?.members[0] !== vote.from) throw foreign()
  const slot = slotAt(tables, vote)
  if (slot.value && !slot.decided && promisedIn(slot, vote.view) <= 0 && !equal(slot.value, value))
    return { kind: 'bound', value: slot.value }
  if (!slot.value && vote.epoch !== SUCCESSOR) tables.requireEntryRoom(vote.group, value.length)
  return accept(tables, vote, 0, value, now)
}

/** Somebody has seen that a majority accepted it. */
export function learn(tables: LogTables, vote: Vote, value: Uint8Array, now: number): Answer {
  const row = tables.row(vote.group)
  if (!row || row.held !== vote.view || vote.epoch < row.floor || vote.view === 0) return { kind: 'done' }
  const slot = slotAt(tables, vote)
  if (slot.decided) return { kind: 'done' }
  // Who missed the vote must not think of the log as one that nobody writes to.
  if (!slot.value) tables.putRow(vote.group, { ...row, used: Math.max(row.used, now) })
  tables.putSlot(vote.group, { ...slot, value, decided: true })
  return { kind: 'done' }
}

/** Why a node does not vote; undefined where it does. Throws `unauthorized` for who is no member, `not_found` for what was given up. */
function guard(tables: LogReader, { group, from, view, epoch }: Vote): Answer | undefined {
  const row = tables.row(group)
  const known = row?.number ?? 0
  if (known < view) return { kind: 'unknown' }
  if (row && known > view) return { kind: 'view', view: viewOf(row), held: row.held === known }
  if (!row && !tables.remembers()) return { kind: 'joining' }
  if (!row || view === 0) return undefined
  if (!row.members.includes(from)) throw foreign()
  if (row.held !== view) return { kind: 'joining' }
  requireOpen(row, epoch)
  return row.sealed && epoch !== SUCCESSOR ? { kind: 'sealed' } : undefined
}

/** Throws `not_found` for an entry that was given up. */
export function requireOpen({ floor }: LogRow, epoch: number): void {
  if (epoch !== SUCCESSOR && epoch < floor)
    throw new ParleyError('not_found', 'Nobody wrote to this log for so long that this part of it was given up.')
}

function slotAt(tables: LogReader, { group, epoch }: Vote): Slot {
  return tables.slot(group, epoch) ?? emptySlot(epoch)
}

export function emptySlot(epoch: number): Slot {
  const never = { promisedView: 0, promised: -1, acceptedView: 0, accepted: -1 }
  return { epoch, ...never, value: undefined, decided: false }
}

/** What was promised in a view before binds nobody in this one. */
function promisedIn(slot: Slot, view: number): number {
  return slot.promisedView === view ? slot.promised : -1
}

function requireRoom(tables: LogTables, { group, view, epoch }: Vote, slot: Slot, value: Uint8Array): void {
  if (value.length > MAX_ENTRY_BYTES)
    throw new ParleyError('too_large', `An entry has ${MAX_ENTRY_BYTES} bytes at most.`)
  if (epoch === SUCCESSOR) {
    if (view > 0) return
    const by = decodeMembers(value)
    if (tables.owned(by) >= MAX_LOGS_PER_ADDRESS)
      throw new ParleyError('storage_full', 'This address has as many group logs as a node keeps for one.')
    return tables.requireFoundingRoom(by)
  }
  const { count, bytes } = tables.total(group)
  if (slot.value === undefined && (count >= MAX_ENTRIES || bytes + value.length > MAX_LOG_BYTES)) throw full()
}

function full(): ParleyError {
  return new ParleyError('storage_full', "The group's log is full.")
}

function foreign(): ParleyError {
  return new ParleyError('unauthorized', "Only the log's members take part in it.")
}

/** Before the log was founded. */
export function blankRow(): LogRow {
  const view = {
    number: 0,
    after: 0,
    members: [],
    previous: [],
    owner: '',
    via: '',
    proof: new Uint8Array(),
    floor: 0,
    used: 0,
  }
  return { ...view, held: 0, sealed: false }
}
