import { offline } from './asking.ts'
import { isWithout } from './memory.ts'
import type { Ports } from './ports.ts'
import { majority, SUCCESSOR, type View, viewOf, witnessesOf } from './types.ts'

/**
 * Asks for a view among the nodes that may know of one, and has a founding finished that was begun; undefined where so many of each set know
 * of nothing that there is none. Rejects with `offline` where too few answer; `widely`: also where one knows of a view, which may not be the newest.
 */
export async function locate(
  ports: Ports,
  group: string,
  finish: () => Promise<void>,
  widely = false,
): Promise<View | undefined> {
  const { self, rows } = ports
  const sets = ports.witnesses(group)
  // What this node does not know of says nothing where it has lost what it knew.
  const isForgetful = isWithout(ports, group)
  const heard = new Set(isForgetful ? [] : [self])
  const needed = (set: readonly string[]) => (isForgetful && set.includes(self) ? witnessesOf(set) : majority(set))
  let newest: View | undefined
  let isBegun = rows.slot(group, SUCCESSOR)?.value !== undefined
  const note = (view: View) => (newest = newest && newest.number >= view.number ? newest : view)
  const row = rows.row(group)
  if (row && row.number > 0) note(viewOf(row))
  const asked = [...new Set(sets.flat())].filter((node) => node !== self)
  await Promise.allSettled(
    asked.map(async (node) => {
      const answer = await ports.ask(node, group, { kind: 'find' })
      heard.add(node)
      if (answer.kind === 'joining') isBegun = true
      if (answer.kind !== 'view') return
      note(answer.view)
      await ports.local(group, { kind: 'adopt', view: answer.view }, node)
    }),
  )
  if (!newest && isBegun) await finish()
  const founded = rows.row(group)
  if (!newest && founded && founded.number > 0) return viewOf(founded)
  const isEnough = sets.every((set) => set.filter((node) => heard.has(node)).length >= needed(set))
  if ((newest && !widely) || isEnough) return newest
  throw offline()
}
