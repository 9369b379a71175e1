import { ParleyError } from '../../../contract/index.ts'
import type { Ports } from './ports.ts'
import { type Answer, type Ask, majority, type View, viewOf } from './types.ts'

/** Asks all members of a view; resolves when a majority, this node among it, has answered with more than a refusal. */
export async function askMajority(ports: Ports, group: string, row: View, ask: Ask): Promise<Answer[]> {
  const view = viewOf(row)
  const { members } = row
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
          // It may have lost what it had.
          if (answer.kind === 'unknown') ports.ask(node, group, { kind: 'adopt', view }).catch(() => {})
          if (answer.kind !== 'unknown' && answer.kind !== 'joining') answers.push(answer)
          settle()
        })
        .catch((error: unknown) => {
          left--
          settle(error)
        })
  })
}

export function offline(cause?: unknown): ParleyError {
  const text = 'The nodes that keep this log cannot be reached.'
  return new ParleyError('offline', text, { retryAfter: 1_000, cause })
}
