import type { LogReader, LogRow, LogTables, Slot, View } from '../log/core/types.ts'
import type { Rows, Writer } from './database.ts'
import type { Row } from './sqlite.ts'
import { requireEntryRoom, requireFoundingRoom, requireKeepingRoom } from './log-room.ts'
import type { StateLimits } from './merge.ts'

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

  total(group: string): { count: number; bytes: number; slots: number } {
    const row = this.#rows().get('SELECT count, bytes, slots FROM log_total WHERE log = ?', group)
    const [count, bytes, slots] = [row?.['count'], row?.['bytes'], row?.['slots']].map((value) => Number(value ?? 0))
    return { count: count ?? 0, bytes: bytes ?? 0, slots: slots ?? 0 }
  }

  owned(owner: string): number {
    return Number(this.#rows().get('SELECT count FROM log_founder WHERE owner = ?', owner)?.['count'] ?? 0)
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
  readonly #limits: StateLimits

  constructor(writer: Writer, limits: StateLimits) {
    super(() => writer)
    this.#writer = writer
    this.#limits = limits
  }

  requireFoundingRoom(owner: string): void {
    requireFoundingRoom(this.#writer, owner, this.#limits.kept)
  }

  requireKeepingRoom(group: string, view: Pick<View, 'owner' | 'after'>): void {
    requireKeepingRoom(this.#writer, group, view, this.#limits.kept)
  }

  requireEntryRoom(group: string, bytes: number): void {
    requireEntryRoom(this.#writer, group, bytes, this.#limits.kept)
  }

  putRow(group: string, row: LogRow): void {
    const { number, after, members, previous, owner, held, sealed, used } = row
    const [now, before] = [JSON.stringify(members), JSON.stringify(previous)]
    this.#writer.run(
      `INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
        view = excluded.view, after = excluded.after, members = excluded.members, previous = excluded.previous,
        owner = excluded.owner, held = excluded.held, sealed = excluded.sealed, used = excluded.used`,
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
