import type { Ports } from './ports.ts'
import { type LogRow, majority, viewOf } from './types.ts'

/** Rounds of one pull: more than a full log has pages. */
const MAX_PAGES = 1_024

/**
 * Enters a view: takes over what a sealed majority of the view before has, or what somebody has who entered already. Answers whether
 * it is in; what was taken over stays, so the next attempt has less to do.
 */
export async function enter(ports: Ports, group: string, row: LogRow): Promise<boolean> {
  const { number, after, members, previous } = row
  const have = new Set(row.held === after && previous.includes(ports.self) ? [ports.self] : [])
  const sources = [...new Set([...previous, ...members])].filter((node) => node !== ports.self)
  for (const node of sources) {
    if (have.size >= majority(previous)) break
    const kind = await pullAll(ports, group, row, node)
    if (kind === 'started') return begin(ports, group, number)
    if (kind === 'sealed' && previous.includes(node)) have.add(node)
  }
  return have.size >= majority(previous) ? begin(ports, group, number) : false
}

async function begin(ports: Ports, group: string, view: number): Promise<boolean> {
  await ports.local(group, { kind: 'start', view })
  return ports.rows.row(group)?.held === view
}

/** Everything that one node has. Whoever enters the view meanwhile is asked anew from the start. */
async function pullAll(
  ports: Ports,
  group: string,
  row: LogRow,
  node: string,
): Promise<'started' | 'sealed' | undefined> {
  let from = 0
  let started: boolean | undefined
  let told = false
  try {
    for (let pages = 0; pages < MAX_PAGES; pages++) {
      const answer = await ports.ask(node, group, { kind: 'pull', view: row.number, from })
      if (answer.kind === 'unknown' && !told) {
        told = true
        await ports.ask(node, group, { kind: 'adopt', view: viewOf(row) })
        continue
      }
      if (answer.kind === 'view') await ports.local(group, { kind: 'adopt', view: answer.view }, node)
      if (answer.kind !== 'page') return undefined
      if (started !== undefined && started !== answer.started) from = 0
      else from = answer.next ?? from
      const isWhole = started === undefined || started === answer.started
      started = answer.started
      await ports.local(group, { kind: 'absorb', view: row.number, slots: answer.slots, used: answer.used })
      if (isWhole && answer.next === undefined) return started ? 'started' : 'sealed'
    }
  } catch {
    // It does not answer: another may.
  }
  return undefined
}
