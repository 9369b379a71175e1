import { createReadStream, createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { type JetStreamManager, StorageType } from '@nats-io/jetstream'
import { type ObjectStore, Objm } from '@nats-io/obj'
import type { NatsConnection } from '@nats-io/transport-node'
import { placed } from './refusals.ts'
import { findLog } from './stream.ts'

const PUT_MS = 60_000

/** Copies of a state in the cluster's object store, named by how far in the log they are. */
export class SnapshotStore {
  readonly #connection: NatsConnection
  readonly #manager: JetStreamManager
  readonly #bucket: string
  readonly #replicas: number

  constructor(connection: NatsConnection, manager: JetStreamManager, stream: string, replicas: number) {
    this.#connection = connection
    this.#manager = manager
    this.#bucket = `${stream}-snapshots`
    this.#replicas = replicas
  }

  /** Name of the stream that the cluster keeps them in. */
  get stream(): string {
    return `OBJ_${this.#bucket}`
  }

  /** Puts the file there; older ones go. */
  async put(file: string, position: number): Promise<void> {
    const store = await this.#store()
    const data = Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>
    await store.put({ name: nameOf(position) }, data as never, { timeout: PUT_MS })
    for (const name of await names(store)) if (name < nameOf(position)) await store.delete(name)
  }

  /** Writes the newest one to the file; false where there is none. Rejects where it is not whole. */
  async get(file: string): Promise<boolean> {
    // Without a look first the client would make a bucket, and wait long for one that nobody has made.
    if (!(await findLog(this.#manager, this.stream))) return false
    const store = await this.#store()
    const newest = (await names(store)).at(-1)
    const object = newest === undefined ? null : await store.get(newest)
    if (!object) return false
    await rm(file, { force: true })
    await pipeline(
      Readable.fromWeb(object.data as ReadableStream<Uint8Array>),
      createWriteStream(file, { mode: 0o600 }),
    )
    const error = await object.error
    if (error) throw error
    return true
  }

  #store(): Promise<ObjectStore> {
    const settings = { replicas: this.#replicas, storage: StorageType.File }
    return placed(new Objm(this.#connection).create(this.#bucket, settings))
  }
}

/** Sorts as the positions do. */
function nameOf(position: number): string {
  return String(position).padStart(16, '0')
}

/** Oldest first. */
async function names(store: ObjectStore): Promise<string[]> {
  const objects = await store.list()
  return objects
    .filter(({ deleted }) => !deleted)
    .map(({ name }) => name)
    .sort()
}
