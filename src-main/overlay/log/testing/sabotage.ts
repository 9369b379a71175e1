import { emptySlot } from '../core/acceptor.ts'
import { FORGOTTEN } from '../core/types.ts'
import type { Sabotage } from './model.ts'

/** Ways to break the protocol that a model worth its name must notice. */
export const sabotages: Record<string, Sabotage> = {
  'skips the first phase: nobody tells what it accepted': (take) => {
    const answer = take()
    return answer.kind === 'promised' ? { ...answer, accepted: undefined } : answer
  },
  'breaks promises: lower ballots are accepted': (take, step, tables, group) => {
    const slot = step.kind === 'accept' ? tables.slot(group, step.epoch) : undefined
    if (slot && !slot.decided) tables.putSlot(group, { ...slot, promised: -1 })
    return take()
  },
  'answers before it is on disk': (take, step, tables, group) => {
    if (step.kind !== 'accept') return take()
    const before = tables.slot(group, step.epoch) ?? emptySlot(step.epoch)
    const answer = take()
    if (answer.kind === 'accepted' && before.value === undefined) tables.putSlot(group, before)
    return answer
  },
  'votes on in a view though it knows of the next': (take, step, tables, group) => {
    const row = tables.row(group)
    const isLate = (step.kind === 'prepare' || step.kind === 'accept') && step.epoch >= 0
    if (!isLate || !row || row.after === 0 || step.view !== row.after || row.held !== step.view) return take()
    tables.putRow(group, { ...row, number: step.view, members: row.previous, sealed: false })
    const answer = take()
    tables.putRow(group, row)
    return answer
  },
  'enters a view with what one member of the view before has': (take, step) => {
    const answer = take()
    return step.kind === 'pull' && answer.kind === 'page' ? { ...answer, started: true } : answer
  },
  'enters a view with nothing': (take, step) => {
    if (step.kind === 'absorb') return { kind: 'done' }
    return take()
  },
  'takes itself for a new one when it has lost its disk': (take, _step, tables) => {
    tables.forgetful = false
    return take()
  },
  'takes part in founding when it has lost its disk': (take, step, tables) => {
    const { forgetful } = tables
    if ('view' in step && step.view === 0) tables.forgetful = false
    const answer = take()
    tables.forgetful = forgetful
    return answer
  },
  'comes back into the view whose votes it has lost': (take, _step, tables, group) => {
    const answer = take()
    const row = tables.row(group)
    if (row?.held === FORGOTTEN) tables.putRow(group, { ...row, held: 0 })
    return answer
  },
  'forgets an idle log by itself': (take, step, tables, group) => {
    const answer = take()
    if (step.kind === 'idle' && answer.kind === 'done') tables.drop(group)
    return answer
  },
  'votes again for what was given up': (take, step, tables, group) => {
    const row = tables.row(group)
    const isVote = step.kind === 'prepare' || step.kind === 'accept' || step.kind === 'lead'
    if (!isVote || !row || step.epoch < 0 || step.epoch >= row.floor) return take()
    tables.putRow(group, { ...row, floor: 0 })
    const answer = take()
    tables.putRow(group, { ...(tables.row(group) ?? row), floor: row.floor })
    return answer
  },
  'leads without looking at what it has': (take, step, tables, group) => {
    const slot = step.kind === 'lead' ? tables.slot(group, step.epoch) : undefined
    if (slot && !slot.decided && slot.promised <= 0) tables.putSlot(group, emptySlot(slot.epoch))
    return take()
  },
}
