import type { Answer, Ask, LogReader, Step } from './types.ts'

/** What the protocol needs of the world. */
export interface Ports {
  /** This node's key, hex. */
  self: string
  rows: LogReader
  /** A step of this node's own storage; resolves when it is durable. */
  local(group: string, step: Step, from?: string): Promise<Answer>
  /** Asks another node; rejects where no answer comes in time. */
  ask(node: string, group: string, ask: Ask): Promise<Answer>
  /** The home nodes of the group by registered rank: who should keep its log. */
  homes(group: string): readonly string[]
  /** The nodes that may know of a log: a founder needs a majority of each of these sets. */
  witnesses(group: string): readonly (readonly string[])[]
  /** Whether this node runs for longer than any answer of an earlier life of it can be waited for. */
  rested(): boolean
  /** A while before the next ballot, longer with each. */
  pause(attempt: number): Promise<void>
}
