import { createReadStream, createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { type JetStreamManager, StorageType } from '@nats-io/jetstream'
import { type ObjectStore, Objm } from '@nats-io/obj'
import type { NatsConnection } from '@nats-io/transport-node'
import { deadline, type Log } from '../../../base/index.ts'
import { ParleyError } from '../../../contract/index.ts'
import { NodeDatabase } from '../database.ts'
import { positionOf } from './position.ts'

/** Messages that stay in the log behind a snapshot: a process that is a little behind goes on without loading it. */
const MARGIN = 1_000
const PUT_MS = 60_000
const STOP_MS = 5_000

interface SnapshotsOptions {
  connection: NatsConnection
  manager: JetStreamManager
  stream: string
  replicas: number
  database: NodeDatabase
  /** Path of the process's own copy; files beside it are made and removed. */
  path: string
  log: Log
}

/** Copies of the whole state in the cluster's object store, named by how far in the log they are. */
export class Snapshots {
  readonly #options: SnapshotsOptions
  #running: Promise<void> | undefined

  constructor(options: SnapshotsOptions) {
    this.#options = options
  }

  /** Puts a copy of the state into the cluster and cuts the log behind it; one at a time. */
  take(): Promise<void> {
    this.#running ??= this.#take().finally(() => (this.#running = undefined))
    return this.#running
  }

  /** Resolves when none is on its way, or after STOP_MS. */
  async stop(): Promise<void> {
    await deadline(this.#running ?? Promise.resolve(), STOP_MS, 'The snapshot is late.').catch(() => {})
  }

  async #take(): Promise<void> {
    const { database, path, manager, stream, log } = this.#options
    const file = `${path}.put`
    try {
      await rm(file, { force: true })
      await database.copyTo(file)
      const copy = new NodeDatabase(file)
      const position = positionOf(copy)
      copy.close()
      const store = await this.#store()
      const data = Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>
      await store.put({ name: nameOf(position) }, data as never, { timeout: PUT_MS })
      for (const { name } of await listed(store)) if (name < nameOf(position)) await store.delete(name)
      if (position > MARGIN) await manager.streams.purge(stream, { seq: position - MARGIN })
      log.debug({ position }, 'a snapshot of the state is in the cluster')
    } finally {
      await rm(file, { force: true })
    }
  }

  /** Puts the newest copy in place of the database. Throws `storage_damaged` where there is none or it is not whole. */
  async load(): Promise<void> {
    const { database, path } = this.#options
    const store = await this.#store()
    const newest = (await listed(store)).at(-1)
    const object = newest && (await store.get(newest.name))
    if (!object) throw new ParleyError('storage_damaged', "The cluster's log begins late and there is no snapshot.")
    const file = `${path}.get`
    await rm(file, { force: true })
    await pipeline(
      Readable.fromWeb(object.data as ReadableStream<Uint8Array>),
      createWriteStream(file, { mode: 0o600 }),
    )
    const error = await object.error
    if (error) throw error
    database.replaceWith(file)
  }

  #store(): Promise<ObjectStore> {
    const { connection, stream, replicas } = this.#options
    return new Objm(connection).create(`${stream}-snapshots`, { replicas, storage: StorageType.File })
  }
}

/** Sorts as the positions do. */
function nameOf(position: number): string {
  return String(position).padStart(16, '0')
}

async function listed(store: ObjectStore): Promise<{ name: string }[]> {
  const objects = await store.list()
  return objects.filter(({ deleted }) => !deleted).sort((a, b) => (a.name < b.name ? -1 : 1))
}
