import type { Ports } from './ports.ts'
import { FORGOTTEN, type LogReader, type LogRow } from './types.ts'

/** Whether a node may have given votes in this log, or in later views of it, that it does not know of. */
export function hasForgotten(tables: LogReader, row: LogRow | undefined): boolean {
  return row ? row.held === FORGOTTEN : !tables.remembers()
}

/** Whether this node knows nothing of a log that it may have had. */
export function isWithout({ rows }: Pick<Ports, 'rows'>, group: string): boolean {
  return !rows.row(group) && !rows.remembers()
}
