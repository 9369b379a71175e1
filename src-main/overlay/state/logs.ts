import type { Founding, LogReader, LogRow, LogTables, Slot, View } from '../log/core/types.ts'
import type { Rows, Writer } from './database.ts'
import type { Row } from './sqlite.ts'
import { requireEntryRoom, requireFoundingRoom, requireKeepingRoom } from './log-room.ts'
import type { StateLimits } from './merge.ts'
import type { Commands } from './types.ts'

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

  last(group: string): number | undefined {
    const sql = 'SELECT max(epoch) AS last FROM log_slot WHERE log = ? AND epoch >= 0 AND value IS NOT NULL'
    const last = this.#rows().get(sql, group)?.['last']
    return last === null || last === undefined ? undefined : Number(last)
  }

  owned({ owner, via }: Pick<Founding, 'owner' | 'via'>): number {
    const row = this.#rows().get('SELECT count FROM log_founder WHERE owner = ? AND via = ?', owner, via)
    return Number(row?.['count'] ?? 0)
  }

  remembers(): boolean {
    return this.#rows().get('SELECT 1 FROM meta WHERE name = ?', LOG_MEMORY) !== undefined
  }

  /** Logs that are kept here for more than their row, and were not written to since `before`; those first that were idle for longest, behind `skip` of them. */
  idle(before: number, limit: number, skip = 0): string[] {
    const sql = `SELECT id FROM log JOIN log_total ON log = id
      WHERE used < ? AND held = view AND (closed = 0 OR count > 0) ORDER BY used, id LIMIT ? OFFSET ?`
    return this.#rows()
      .all(sql, before, limit, skip)
      .map(({ id }) => String(id))
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

  requireFoundingRoom(by: Pick<Founding, 'owner' | 'via'>): void {
    requireFoundingRoom(this.#writer, by, this.#limits.kept)
  }

  requireKeepingRoom(group: string, view: Pick<View, 'owner' | 'via' | 'after' | 'floor'>): void {
    requireKeepingRoom(this.#writer, group, view, this.#limits.kept)
  }

  requireEntryRoom(group: string, bytes: number): void {
    requireEntryRoom(this.#writer, group, bytes, this.#limits.kept)
  }

  putRow(group: string, row: LogRow): void {
    const { number, after, members, previous, owner, via, proof, held, sealed, used, floor } = row
    const [now, before] = [JSON.stringify(members), JSON.stringify(previous)]
    this.#writer.run(
      `INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
        view = excluded.view, after = excluded.after, members = excluded.members, previous = excluded.previous,
        owner = excluded.owner, held = excluded.held, sealed = excluded.sealed, used = excluded.used,
        floor = excluded.floor, via = excluded.via, proof = excluded.proof`,
      ...[group, number, after, now, before, owner, held, sealed ? 1 : 0, used, floor, via, proof],
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

  dropBelow(group: string, floor: number): void {
    const sql = 'DELETE FROM log_slot WHERE log = ? AND epoch >= 0 AND (epoch < ? OR value IS NULL)'
    this.#writer.run(sql, group, floor)
  }

  dropSlots(group: string, epoch?: number): void {
    if (epoch === undefined) this.#writer.run('DELETE FROM log_slot WHERE log = ?', group)
    else this.#writer.run('DELETE FROM log_slot WHERE log = ? AND epoch = ?', group, epoch)
  }
}

/** Never one that this node votes in, or may have voted in: it would vote again as if it were empty. */
export function sweepLogs(writer: Writer, { self, before, limit }: Commands['sweepLogs']['command']): number {
  const sql = `SELECT id FROM log WHERE used < ? AND held = 0 AND instr(members, ?) = 0 ORDER BY used, id LIMIT ?`
  const rows = writer.all(sql, before, self, limit)
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
    via: String(row['via']),
    proof: row['proof'] as Uint8Array,
    held: Number(row['held']),
    sealed: Number(row['sealed']) === 1,
    used: Number(row['used']),
    floor: Number(row['floor']),
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
