import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock, Log } from '../../base/index.ts'
import { toParleyError } from '../../contract/index.ts'

const PROBE_FILE = 'disk.probe'
/** More than a database grows at once. */
const PROBE_BYTES = 64 * 1024
/** A node that stores nothing for a while shows a full disk all the same. */
const LOOK_MS = 15_000
/** While it is full: how soon it is known that it is not any more. */
const AGAIN_MS = 2_000

export interface DiskWatchOptions {
  /** The node's folder; without one there is no disk to watch. */
  dataDir: string | undefined
  clock: Clock
  log: Log
}

/** Whether a node's folder takes what is written: looks from time to time, and at once when something could not be written. */
export class DiskWatch {
  readonly #options: DiskWatchOptions
  #full = false
  #running = false
  #looking: Promise<void> | undefined
  #cancel = () => {}

  constructor(options: DiskWatchOptions) {
    this.#options = options
  }

  /** Nothing can be written now. */
  get full(): boolean {
    return this.#full
  }

  start(): void {
    if (this.#options.dataDir === undefined) return
    this.#running = true
    this.#next()
  }

  async stop(): Promise<void> {
    this.#running = false
    this.#cancel()
    await this.#looking
  }

  /** Something could not be written: `storage_full`, or what the file system says of a full disk or a quota. */
  failed(error: unknown): void {
    if (!this.#running) return
    this.#set(true, error)
    this.#next()
  }

  #next(): void {
    this.#cancel()
    this.#cancel = this.#options.clock.after(this.#full ? AGAIN_MS : LOOK_MS, () => {
      this.#looking ??= this.#look().finally(() => {
        this.#looking = undefined
        if (this.#running) this.#next()
      })
    })
  }

  async #look(): Promise<void> {
    try {
      await probe(this.#options.dataDir ?? '')
      this.#set(false)
    } catch (error) {
      this.#set(true, error)
    }
  }

  /** One line where it begins and one where it ends, however often something fails between them. */
  #set(full: boolean, error?: unknown): void {
    if (full === this.#full || !this.#running) return
    this.#full = full
    const { log } = this.#options
    const code = error instanceof Error && 'code' in error ? error.code : toParleyError(error).code
    if (full) log.warn({ code }, 'the disk takes nothing more: nothing new is stored or acknowledged until it does')
    else log.info({}, 'the disk takes what is written again')
  }
}

async function probe(dataDir: string): Promise<void> {
  const path = join(dataDir, PROBE_FILE)
  try {
    const file = await open(path, 'w', 0o600)
    try {
      await file.writeFile(new Uint8Array(PROBE_BYTES))
      await file.sync()
    } finally {
      await file.close()
    }
  } finally {
    await rm(path, { force: true })
  }
}
