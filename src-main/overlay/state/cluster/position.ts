import type { NodeDatabase, Rows } from '../database.ts'

/** How far in the log a copy of the state is. */
export function positionOf(rows: Rows): number {
  return Number(rows.get('SELECT position FROM state')?.['position'])
}

/** Gives an empty copy the incarnation of the cluster's state. */
export function adopt(database: NodeDatabase, incarnation: string): void {
  database.transaction(() => database.run('UPDATE state SET incarnation = ?', incarnation))
}

export function incarnationOf(rows: Rows): string {
  return String(rows.get('SELECT incarnation FROM state')?.['incarnation'])
}
