import { createHash } from 'node:crypto'
import type { StateLimits } from '../merge.ts'
import type { Change, Commands, Fact, LocalState } from '../types.ts'
import { NOW } from './facts.ts'

/** A state as the compliance suite sees it: by one or by several processes. */
export interface StateWorld {
  /** All are of one node; the same object several times where there is only one. */
  states: LocalState[]
  /** Stops and starts one again; answers it. */
  restart(index: number): Promise<LocalState>
  /** Resolves when every state has applied everything. */
  settled(): Promise<void>
  /** Source of a program that begins with `const state = …`, a state of this world for a process of its own, not started. */
  program(): string
  /** A state that has what that process wrote, once it has caught up. */
  afterwards(): Promise<LocalState>
  close(): Promise<void>
}

export interface WorldKind {
  name: string
  open(limits?: Partial<StateLimits>): Promise<StateWorld>
}

export function merge(state: LocalState, facts: Fact[], change: Partial<Commands['merge']['command']> = {}) {
  return state.apply('merge', { facts, now: NOW, quota: true, ...change })
}

/** Everything that a reader who starts at nothing is told. */
export function allChanges(state: LocalState, wanted: (address: string) => boolean = () => true): Change[] {
  const found: Change[] = []
  for (let after = 0; ;) {
    const { changes, next } = state.changes(after, 7, wanted)
    if (next === after) return found
    found.push(...changes)
    after = next
  }
}

export function envelopes(state: LocalState): string[] {
  return allChanges(state).flatMap(({ fact }) => (fact.kind === 'mail' ? [fact.envelopeId] : []))
}

/** SHA-256 over every row that replicas of a state share. */
export function digest(state: LocalState): string {
  const hash = createHash('sha256')
  const tables = state.rows.all(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name",
  )
  for (const { name } of tables) {
    const columns = state.rows.all(`PRAGMA table_info(${String(name)})`).map((row) => String(row['name']))
    hash.update(`${String(name)}\n`)
    for (const row of state.rows.all(`SELECT * FROM ${String(name)} ORDER BY ${columns.join()}`))
      for (const value of Object.values(row))
        hash.update(value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value)).update('|')
  }
  return hash.digest('hex')
}
