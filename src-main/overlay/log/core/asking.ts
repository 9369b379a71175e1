import { ParleyError } from '../../../contract/index.ts'
import type { Ports } from './ports.ts'
import { type Answer, type Ask, majority, type View } from './types.ts'

/** Asks all members of a view; resolves when a majority, this node among it, has answered with more than a refusal. */
export async function askMajority(ports: Ports, group: string, { members }: View, ask: Ask): Promise<Answer[]> {
  const answers = [await ports.local(group, ask)]
  const others = members.filter((node) => node !== ports.self)
  let left = others.length
  return new Promise((resolve, reject) => {
    const settle = (cause?: unknown) => {
      if (answers.length >= majority(members)) resolve(answers)
      else if (left === 0)
        reject(new ParleyError('offline', 'Too few nodes of this log answer.', { retryAfter: 1_000, cause }))
    }
    settle()
    for (const node of others)
      ports
        .ask(node, group, ask)
        .then((answer) => {
          left--
          if (answer.kind !== 'unknown' && answer.kind !== 'joining') answers.push(answer)
          settle()
        })
        .catch((error: unknown) => {
          left--
          settle(error)
        })
  })
}
