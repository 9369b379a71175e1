import { accept, lead, learn, prepare } from './acceptor.ts'
import type { Answer, LogReader, LogTables, Step } from './types.ts'
import { clear, recall, renew } from './forgetting.ts'
import { idle } from './truncating.ts'
import { absorb, adopt, find, heads, leave, newer, pull, start } from './views.ts'

/** One step of a node's storage. The same steps in the same order leave the same tables and answers. */
export interface LogStep {
  /** `0x…`, 32 bytes. */
  group: string
  /** This node's key. */
  self: string
  /** Who asks; this node itself for its own. */
  from: string
  /** Milliseconds since 1970; says only when a log was last used, and whether it is idle. */
  now: number
  step: Step
}

/** Steps that change nothing: they need no transaction. */
export function readStep(tables: LogReader, { group, from, now, step }: LogStep): Answer | undefined {
  switch (step.kind) {
    case 'pull':
      return pull(tables, group, from, step.view, step.from)
    case 'heads':
      return heads(tables, group, step.view, step.from)
    case 'find':
      return find(tables, group)
    case 'renew':
      return renew(tables, group, step.view)
    case 'newer':
      return newer(tables, group, step.view)
    case 'idle':
      return idle(tables, group, step.view, now)
    default:
      return undefined
  }
}

/** Carries a step out; what it changed must be durable before the answer leaves the node. Throws what `accept` throws. */
export function takeStep(tables: LogTables, given: LogStep): Answer {
  const { group, self, from, now, step } = given
  switch (step.kind) {
    case 'prepare':
      return prepare(tables, { group, from, ...step }, step.ballot, now)
    case 'accept':
      return accept(tables, { group, from, ...step }, step.ballot, step.value, now)
    case 'lead':
      return lead(tables, { group, from, ...step }, step.value, now)
    case 'decided':
      return learn(tables, { group, from, ...step }, step.value, now)
    case 'adopt':
      return adopt(tables, group, self, step.view, now)
    case 'absorb':
      return absorb(tables, group, step, now)
    case 'start':
      return start(tables, group, step.view)
    case 'leave':
      return leave(tables, group, self, step.view)
    case 'recall':
      return recall(tables, group, now)
    case 'clear':
      return clear(tables, group, step.view)
    default:
      return readStep(tables, given) ?? { kind: 'unknown' }
  }
}
