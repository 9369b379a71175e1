import { rm } from 'node:fs/promises'
import type { JetStreamManager } from '@nats-io/jetstream'
import { type Clock, deadline, type Log } from '../../../base/index.ts'
import { NodeDatabase } from '../database.ts'
import { SNAPSHOT_AGAIN_MS } from './options.ts'
import { incarnationOf, positionOf } from './position.ts'
import type { SnapshotStore } from './snapshot-store.ts'

/** Messages that stay in the log behind a snapshot: a process that is a little behind goes on without loading it. */
const MARGIN = 1_000
const STOP_MS = 5_000

interface SnapshotsOptions {
  store: SnapshotStore
  manager: JetStreamManager
  stream: string
  incarnation: string
  database: NodeDatabase
  /** Path of the process's own copy; files beside it are made and removed. */
  path: string
  clock: Clock
  log: Log
}

/** Brings this process's copy into the cluster, and the cluster's in place of this process's. */
export class Snapshots {
  readonly #options: SnapshotsOptions
  #running: Promise<void> | undefined
  #stopped = false

  constructor(options: SnapshotsOptions) {
    this.#options = options
  }

  /** Puts a copy of the state into the cluster and cuts the log behind it; one at a time, and again later where that fails. */
  take(): void {
    const { clock, log } = this.#options
    if (this.#stopped) return
    this.#running ??= this.#take()
      .catch((error: unknown) => {
        if (this.#stopped) return
        log.warn({ err: error }, 'the state could not be put into the cluster')
        clock.after(SNAPSHOT_AGAIN_MS, () => this.take())
      })
      .finally(() => (this.#running = undefined))
  }

  /** Resolves when none is on its way, or after STOP_MS. */
  async stop(): Promise<void> {
    this.#stopped = true
    await deadline(this.#running ?? Promise.resolve(), STOP_MS, 'The snapshot is late.').catch(() => {})
  }

  /** Puts the newest copy in place of the database; false where there is none of this state. */
  async load(): Promise<boolean> {
    const { store, database, path, incarnation } = this.#options
    const file = `${path}.get`
    if (!(await store.get(file))) return false
    const isOwn = read(file, incarnationOf) === incarnation && !this.#stopped
    if (isOwn) database.replaceWith(file)
    else await rm(file, { force: true })
    return isOwn
  }

  async #take(): Promise<void> {
    const { store, database, path, manager, stream, log } = this.#options
    const file = `${path}.put`
    try {
      await rm(file, { force: true })
      await database.copyTo(file)
      const position = read(file, positionOf)
      await store.put(file, position)
      if (position > MARGIN) await manager.streams.purge(stream, { seq: position - MARGIN })
      log.debug({ position }, 'a snapshot of the state is in the cluster')
    } finally {
      await rm(file, { force: true })
    }
  }
}

function read<T>(file: string, what: (database: NodeDatabase) => T): T {
  const database = new NodeDatabase(file)
  try {
    return what(database)
  } finally {
    database.close()
  }
}
