import { isWithout } from './memory.ts'
import type { LogMember } from './member.ts'
import type { Ports } from './ports.ts'
import { type LogRow, majority, viewOf } from './types.ts'

/** Whether the members that are left may go on alone: a majority of the view has been off the map for long enough. */
export type IsLost = (group: string, row: LogRow) => boolean

/**
 * Does for one log what is due at this node: enters a view, changes one whose members are no home nodes any more, or forgets what it
 * kept for those who came after it. Answers whether something is left to do.
 */
export async function tend(ports: Ports, member: LogMember, group: string, isLost: IsLost): Promise<boolean> {
  if (isWithout(ports, group)) await member.recall(group)
  const row = ports.rows.row(group)
  if (!row || row.number === 0) return false
  if (!row.members.includes(ports.self)) return tendOthers(ports, member, group, row)
  if (row.held !== row.number) return !(await member.enter(group))
  const homes = ports.homes(group)
  if (!row.sealed && isSame(row.members, homes)) return false
  if (isLost(group, row)) {
    await member.outlive(group, row)
    return true
  }
  // A node that has just started knows few others: a member that it does not know is no reason to do without one.
  if (!row.sealed && homes.length < row.members.length) return false
  await member.change(group)
  return true
}

/** A log that others keep: this node may be one of them without having heard so. */
async function tendOthers(ports: Ports, member: LogMember, group: string, row: LogRow): Promise<boolean> {
  if (row.held > 0) return !(await handOver(ports, group, row))
  if (!ports.homes(group).includes(ports.self)) return false
  await member.locate(group)
  return true
}

/** Tells the new members of their view until a majority of them is in it. */
async function handOver(ports: Ports, group: string, row: LogRow): Promise<boolean> {
  let entered = 0
  let told = 0
  await Promise.allSettled(
    row.members.map(async (node) => {
      const answer = await ports.ask(node, group, { kind: 'find' })
      const isBehind = answer.kind === 'unknown' || (answer.kind === 'view' && answer.view.number < row.number)
      if (isBehind) told++
      if (isBehind) await ports.ask(node, group, { kind: 'adopt', view: viewOf(row) })
      if (answer.kind !== 'view') return
      if (answer.view.number > row.number) await ports.local(group, { kind: 'adopt', view: answer.view }, node)
      else if (answer.view.number === row.number && answer.held) entered++
    }),
  )
  // Who was told just now has nothing yet.
  if (told > 0 || entered < majority(row.members)) return false
  await ports.local(group, { kind: 'leave', view: row.number })
  return true
}

/** The order of the members says who leads, which is no reason to move a log. */
function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((node) => b.includes(node))
}
