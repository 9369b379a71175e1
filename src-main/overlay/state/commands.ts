import { ParleyError } from '../../contract/index.ts'
import { MAX_STOCK } from '../constants.ts'
import { takeStep } from '../log/core/step.ts'
import type { NodeDatabase, Writer } from './database.ts'
import { KEEP_DEVICE_MS, mergeFact, seeDevice } from './facts.ts'
import { SqlTables, sweepLogs } from './logs.ts'
import { chargeOf, requireLogBytes, requireNodeShare } from './log-room.ts'
import type { StateLimits } from './merge.ts'
import { dropDevice, giveUpDevice, makeRoomForKeyPackages } from './room.ts'
import { totalOf } from './totals.ts'
import type { Commands, Fact } from './types.ts'

/** A command with its kind, as it stands in a log. */
export type Command = { [K in keyof Commands]: { kind: K; command: Commands[K]['command'] } }[keyof Commands]

/** What a command came to: its result and the facts that were news, or its refusal. */
export type Outcome = { result: unknown; facts: readonly Fact[] } | { refusal: ParleyError }

/** SQLite's own codes for what another try, or another disk, may cure: see sqlite.org/rescode.html. */
const STORAGE_FAILURES: ReadonlySet<number> = new Set([5, 6, 7, 8, 10, 11, 13, 14, 26])

/**
 * Runs one command inside a transaction. The same commands in the same order have the same outcome in every process. Throws only
 * where the disk fails, and then the whole transaction must be given up.
 */
export function execute(database: NodeDatabase, command: Command, limits: StateLimits): Outcome {
  try {
    return database.attempt(() => run(database, command, limits))
  } catch (error) {
    if (error instanceof ParleyError) return { refusal: error }
    if (isStorageFailure(error)) throw error
    // Not the disk's doing but the command's own: every process finds the same.
    return { refusal: new ParleyError('invalid_params', 'The node cannot carry this out.', { cause: error }) }
  }
}

function isStorageFailure(error: unknown): boolean {
  const { errcode } = error as { errcode?: unknown }
  return typeof errcode === 'number' && STORAGE_FAILURES.has(errcode & 0xff)
}

function run(database: Writer, { kind, command }: Command, limits: StateLimits): { result: unknown; facts: Fact[] } {
  switch (kind) {
    case 'merge': {
      const { facts, ...context } = command
      const news = facts.filter((fact) => mergeFact(database, fact, { ...context, limits }))
      return { result: news, facts: news }
    }
    case 'see':
      seeDevice(database, command)
      return { result: undefined, facts: [] }
    case 'publishKeyPackages':
      return { result: publish(database, command, limits), facts: [] }
    case 'takeKeyPackages':
      return { result: take(database, command), facts: [] }
    case 'sweep':
      return { result: sweep(database, command), facts: [] }
    case 'forget':
      return { result: forget(database, command), facts: [] }
    case 'setMeta':
      setMeta(database, command)
      return { result: undefined, facts: [] }
    case 'log':
      return { result: takeLogStep(database, command, limits), facts: [] }
    case 'sweepLogs':
      return { result: sweepLogs(database, command), facts: [] }
  }
}

function takeLogStep(database: Writer, step: Commands['log']['command'], limits: StateLimits) {
  const before = { all: totalOf(database, 'log').bytes, log: chargeOf(database, step.group) }
  const answer = takeStep(new SqlTables(database, limits), step)
  requireLogBytes(database, before.all, limits.kept)
  requireNodeShare(database, step.group, step.self, before.log, limits.kept)
  return answer
}

function publish(
  database: Writer,
  { device, packages }: Commands['publishKeyPackages']['command'],
  limits: StateLimits,
): number {
  if (!database.get('SELECT 1 FROM device WHERE id = ?', device)) {
    const revoked = database.get('SELECT 1 FROM revocation WHERE device = ?', device)
    if (revoked) throw new ParleyError('revoked', 'This device was removed from its address.')
    throw new ParleyError('not_found', 'This device has never been here.')
  }
  for (const bytes of packages) database.run('INSERT INTO key_package (device, package) VALUES (?, ?)', device, bytes)
  database.run(
    `DELETE FROM key_package WHERE device = ?1 AND id NOT IN
       (SELECT id FROM key_package WHERE device = ?1 ORDER BY id DESC LIMIT ${MAX_STOCK})`,
    device,
  )
  makeRoomForKeyPackages(database, limits)
  return Number(database.get('SELECT count(*) AS count FROM key_package WHERE device = ?', device)?.['count'])
}

function take(
  database: Writer,
  { devices }: Commands['takeKeyPackages']['command'],
): Commands['takeKeyPackages']['result'] {
  return devices.flatMap((device) => {
    const row = database.get('SELECT id, package FROM key_package WHERE device = ? ORDER BY id LIMIT 1', device)
    if (!row) return []
    database.run('DELETE FROM key_package WHERE id = ?', Number(row['id']))
    return [{ device, keyPackage: row['package'] as Uint8Array }]
  })
}

/** Mail and accepts that have expired, and devices whose certificate expired KEEP_DEVICE_MS ago. */
function sweep(database: Writer, { now, limit }: Commands['sweep']['command']): number {
  let swept = 0
  for (const table of ['mail', 'accepted'])
    swept += database.run(
      `DELETE FROM ${table} WHERE seq IN
         (SELECT seq FROM ${table} WHERE expires_at <= ? ORDER BY expires_at, seq LIMIT ?)`,
      now,
      limit - swept,
    )
  const rows = database.all(
    'SELECT address, id FROM device WHERE expires_at <= ? ORDER BY expires_at, seq LIMIT ?',
    now - KEEP_DEVICE_MS,
    limit - swept,
  )
  for (const row of rows) {
    giveUpDevice(database, row)
    database.run('DELETE FROM mail WHERE address = ? AND device = ?', String(row['address']), String(row['id']))
  }
  return swept + rows.length
}

function forget(database: Writer, { seqs }: Commands['forget']['command']): number {
  let forgotten = 0
  for (const seq of seqs) {
    for (const table of ['mail', 'accepted']) forgotten += database.run(`DELETE FROM ${table} WHERE seq = ?`, seq)
    const device = database.get('SELECT address, id FROM device WHERE seq = ?', seq)
    const owner = database.get('DELETE FROM owner WHERE seq = ? RETURNING address', seq)
    if (device) dropDevice(database, device)
    if (owner) database.run('DELETE FROM allowed WHERE owner = ?', String(owner['address']))
    forgotten += (device ? 1 : 0) + (owner ? 1 : 0)
  }
  return forgotten
}

function setMeta(database: Writer, { name, value }: Commands['setMeta']['command']): void {
  if (value === undefined) database.run('DELETE FROM meta WHERE name = ?', name)
  else database.run('INSERT OR REPLACE INTO meta VALUES (?, ?)', name, value)
}
