import { blankRow } from './acceptor.ts'
import { isWithout } from './memory.ts'
import type { Ports } from './ports.ts'
import {
  type Answer,
  type Ask,
  CLEARED,
  FORGOTTEN,
  type LogReader,
  type LogRow,
  type LogTables,
  witnessesOf,
} from './types.ts'
import { notIn } from './views.ts'

/** `done`: the view goes on, and nobody can have voted in a later one with this node's consent. */
export function renew(tables: LogReader, group: string, view: number): Answer {
  const row = tables.row(group)
  const refusal = notIn(row, view)
  if (refusal) return refusal
  if (row?.held !== view) return { kind: 'joining' }
  return { kind: row.sealed ? 'sealed' : 'done' }
}

export function recall(tables: LogTables, group: string, now: number): Answer {
  if (!tables.row(group)) tables.putRow(group, { ...blankRow(), used: now })
  return { kind: 'done' }
}

export function clear(tables: LogTables, group: string, view: number): Answer {
  const row = tables.row(group)
  if (row?.number === view && row.held === FORGOTTEN) tables.putRow(group, { ...row, held: CLEARED })
  return { kind: 'done' }
}

/**
 * A member that forgot its votes in a view never votes in it again. So many others that one of them is in each majority say that the view
 * goes on: then every later view is begun after the votes were lost, and may be voted in. Those others are asked to begin one.
 */
export async function rejoin(ports: Ports, group: string, { number, members, held }: LogRow): Promise<void> {
  const others = members.filter((node) => node !== ports.self)
  const ask = async (ready: boolean) => {
    const asked = others.map(async (node) => {
      const answer = await ports.ask(node, group, { kind: 'renew', view: number, ready })
      if (answer.kind === 'view') await ports.local(group, { kind: 'adopt', view: answer.view }, node)
      return answer.kind === 'done'
    })
    const answers = await Promise.allSettled(asked)
    return answers.filter((answer) => answer.status === 'fulfilled' && answer.value).length
  }
  if (held === FORGOTTEN) {
    if ((await ask(false)) < witnessesOf(members)) return
    await ports.local(group, { kind: 'clear', view: number })
  }
  await ask(true)
}

interface Remembering {
  recall(group: string): Promise<unknown>
  renew(group: string, view: number): Promise<unknown>
}

/** What another node asks; a question that only a node with its memory may answer makes it look for that first. */
export async function answerTo(
  ports: Ports,
  member: Remembering,
  group: string,
  ask: Ask,
  from: string,
): Promise<Answer> {
  const isFounding = (ask.kind === 'prepare' || ask.kind === 'accept') && ask.view === 0
  if (isFounding && isWithout(ports, group)) await member.recall(group).catch(() => {})
  const answer = await ports.local(group, ask, from)
  if (ask.kind === 'renew' && ask.ready && answer.kind === 'done') void member.renew(group, ask.view).catch(() => {})
  return answer
}
