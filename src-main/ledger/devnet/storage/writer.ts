import type { ChainEntry } from '../entry.ts'
import { type LedgerObject, ownerAddress } from '../objects/index.ts'
import type { ChainEvent, Checkpoint, Epoch } from '../types.ts'
import { encode, key } from './codec.ts'
import type { LedgerDatabase } from './database.ts'
import { gasRow } from './gas-sums.ts'
import { ROLE, USE } from './schema.ts'

type Run = Parameters<Parameters<LedgerDatabase['write']>[0]>[0]

/** Writes the checkpoint of a transaction, its indexes and the objects that it left; `clock` where it was set for it. */
export function writeEntry(
  database: LedgerDatabase,
  checkpoint: Checkpoint,
  entry: ChainEntry,
  clock?: LedgerObject,
): void {
  database.write((run) => {
    const { transaction, signatures, execution } = entry
    writeStep(run, checkpoint, [transaction.bytes, JSON.stringify(signatures), encode(execution)])
    for (const { id, before, after } of execution.changes) {
      if (after) writeObject(run, after)
      else if (before) run('DELETE FROM object WHERE id = ?', key(id))
    }
    if (clock) writeObject(run, clock)
    indexAddresses(run, entry)
    indexObjects(run, entry)
    for (const { MoveCall: call } of transaction.commands)
      if (call)
        run(
          'INSERT OR IGNORE INTO call_index VALUES (?, ?, ?, ?)',
          key(call.package),
          call.module,
          call.function,
          checkpoint.number,
        )
    for (const event of execution.events) indexEvent(run, event)
  })
}

/** Writes checkpoints without transactions, and the epochs that they end and begin; locks end with an epoch. */
export function writeTurn(
  database: LedgerDatabase,
  checkpoints: readonly Checkpoint[],
  epochs: readonly Epoch[],
): void {
  database.write((run) => {
    for (const checkpoint of checkpoints) writeStep(run, checkpoint, [null, null, null])
    for (const { number, startedAt, firstCheckpoint, lastCheckpoint, endedAt, digest } of epochs)
      run(
        'INSERT OR REPLACE INTO epoch VALUES (?, ?, ?, ?, ?, ?)',
        number,
        startedAt,
        firstCheckpoint,
        lastCheckpoint ?? null,
        endedAt ?? null,
        digest ?? null,
      )
    run('DELETE FROM locked')
  })
}

/** The genesis: its checkpoint, its epoch, its objects. */
export function writeGenesis(database: LedgerDatabase, checkpoint: Checkpoint, objects: Iterable<LedgerObject>): void {
  const epoch = { number: 0n, startedAt: checkpoint.time, firstCheckpoint: 0 }
  writeTurn(database, [checkpoint], [epoch])
  database.write((run) => {
    for (const object of objects) writeObject(run, object)
  })
}

function writeStep(
  run: Run,
  checkpoint: Checkpoint,
  content: [Uint8Array | null, string | null, Uint8Array | null],
): void {
  const { number, digest, epoch, time, endOfEpoch, totalTransactions, transaction } = checkpoint
  run(
    'INSERT INTO checkpoint VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    number,
    digest,
    epoch,
    time,
    endOfEpoch ? 1 : 0,
    totalTransactions,
    transaction ?? null,
    ...content,
  )
  run('INSERT INTO gas_sum VALUES (?, ?, ?, ?, ?)', ...gasRow(number, checkpoint.gas))
}

function writeObject(run: Run, object: LedgerObject): void {
  run('INSERT OR REPLACE INTO object VALUES (?, ?)', key(object.id), encode(object))
}

function indexAddresses(run: Run, { transaction: { sender }, execution, checkpoint }: ChainEntry): void {
  const put = (address: string, role: number) =>
    run('INSERT INTO address_index VALUES (?, ?, ?)', key(address), role, checkpoint)
  const recipients = new Set(execution.changes.flatMap(({ after }) => (after && ownerAddress(after.owner)) ?? []))
  put(sender, ROLE.sender)
  for (const address of recipients) put(address, ROLE.recipient)
  for (const address of recipients.add(sender)) put(address, ROLE.party)
}

function indexObjects(run: Run, { execution, checkpoint }: ChainEntry): void {
  const put = (id: string, use: number, version: bigint) =>
    run('INSERT OR IGNORE INTO object_index VALUES (?, ?, ?, ?)', key(id), use, checkpoint, version)
  for (const { id, before, after } of execution.changes) {
    put(id, USE.changed, after?.version ?? execution.lamportVersion)
    if (!after) put(id, USE.gone, execution.lamportVersion)
    if (before) put(id, USE.input, before.version)
  }
  for (const { id, version, mutable } of execution.sharedInputs) if (!mutable) put(id, USE.input, version)
}

function indexEvent(run: Run, event: ChainEvent): void {
  const [typePackage = '', typeModule = ''] = event.type.split('::')
  run(
    'INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    event.checkpoint,
    event.sequence,
    key(event.sender),
    key(event.packageId),
    event.module,
    event.type,
    key(typePackage),
    typeModule,
    event.time,
  )
}
