import type { LogReader, LogRow, LogTables, Slot } from '../log/core/types.ts'
import type { Row, Rows, Writer } from './database.ts'

/** Stands among a state's small values from the moment that its node's key was made: it has every vote that the key gave. */
export const LOG_MEMORY = 'logs_since_key'

/** Group logs in a state's tables; for reading alone. */
export class SqlReader implements LogReader {
  readonly #rows: () => Rows

  constructor(rows: () => Rows) {
    this.#rows = rows
  }

  row(group: string): LogRow | undefined {
    const row = this.#rows().get('SELECT * FROM log WHERE id = ?', group)
    return row && toLog(row)
  }

  slot(group: string, epoch: number): Slot | undefined {
    const row = this.#rows().get('SELECT * FROM log_slot WHERE log = ? AND epoch = ?', group, epoch)
    return row && toSlot(row)
  }

  slots(group: string, from: number, limit: number): Slot[] {
    const sql = `SELECT * FROM log_slot WHERE log = ? AND epoch >= ? AND epoch >= 0 AND value IS NOT NULL
      ORDER BY epoch LIMIT ?`
    return this.#rows().all(sql, group, from, limit).map(toSlot)
  }

  heads(group: string, from: number, limit: number): { epoch: number; decided: boolean }[] {
    const sql = `SELECT epoch, decided FROM log_slot WHERE log = ? AND epoch >= ? AND epoch >= 0 AND value IS NOT NULL
      ORDER BY epoch LIMIT ?`
    const rows = this.#rows().all(sql, group, from, limit)
    return rows.map(({ epoch, decided }) => ({ epoch: Number(epoch), decided: Number(decided) === 1 }))
  }

  total(group: string): { count: number; bytes: number } {
    const row = this.#rows().get('SELECT count, bytes FROM log_total WHERE log = ?', group)
    return { count: Number(row?.['count'] ?? 0), bytes: Number(row?.['bytes'] ?? 0) }
  }

  owned(owner: string): number {
    return Number(this.#rows().get('SELECT count(*) AS count FROM log WHERE owner = ?', owner)?.['count'])
  }

  remembers(): boolean {
    return this.#rows().get('SELECT 1 FROM meta WHERE name = ?', LOG_MEMORY) !== undefined
  }

  /** Logs behind `after` in the order of their ids, for who goes through all of them. */
  groups(after: string, limit: number): string[] {
    const rows = this.#rows().all('SELECT id FROM log WHERE id > ? AND view > 0 ORDER BY id LIMIT ?', after, limit)
    return rows.map(({ id }) => String(id))
  }
}

/** The same inside a transaction. */
export class SqlTables extends SqlReader implements LogTables {
  readonly #writer: Writer

  constructor(writer: Writer) {
    super(() => writer)
    this.#writer = writer
  }

  putRow(group: string, row: LogRow): void {
    const { number, after, members, previous, owner, held, sealed, used } = row
    const [now, before] = [JSON.stringify(members), JSON.stringify(previous)]
    this.#writer.run(
      'INSERT OR REPLACE INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      ...[group, number, after, now, before, owner, held, sealed ? 1 : 0, used],
    )
  }

  putSlot(group: string, slot: Slot): void {
    const { epoch, promisedView, promised, acceptedView, accepted, value, decided } = slot
    this.#writer.run(
      `INSERT INTO log_slot VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
        promised_view = excluded.promised_view, promised = excluded.promised, accepted_view = excluded.accepted_view,
        accepted = excluded.accepted, value = excluded.value, decided = excluded.decided`,
      ...[group, epoch, promisedView, promised, acceptedView, accepted, value ?? null, decided ? 1 : 0],
    )
  }

  dropSlots(group: string, epoch?: number): void {
    if (epoch === undefined) this.#writer.run('DELETE FROM log_slot WHERE log = ?', group)
    else this.#writer.run('DELETE FROM log_slot WHERE log = ? AND epoch = ?', group, epoch)
  }
}

export function sweepLogs(writer: Writer, before: number, limit: number): number {
  const rows = writer.all('SELECT id FROM log WHERE used < ? ORDER BY used, id LIMIT ?', before, limit)
  for (const { id } of rows) {
    writer.run('DELETE FROM log_slot WHERE log = ?', String(id))
    writer.run('DELETE FROM log WHERE id = ?', String(id))
  }
  return rows.length
}

function toLog(row: Row): LogRow {
  return {
    number: Number(row['view']),
    after: Number(row['after']),
    members: JSON.parse(String(row['members'])) as string[],
    previous: JSON.parse(String(row['previous'])) as string[],
    owner: String(row['owner']),
    held: Number(row['held']),
    sealed: Number(row['sealed']) === 1,
    used: Number(row['used']),
  }
}

function toSlot(row: Row): Slot {
  return {
    epoch: Number(row['epoch']),
    promisedView: Number(row['promised_view']),
    promised: Number(row['promised']),
    acceptedView: Number(row['accepted_view']),
    accepted: Number(row['accepted']),
    value: (row['value'] as Uint8Array | null) ?? undefined,
    decided: Number(row['decided']) === 1,
  }
}
