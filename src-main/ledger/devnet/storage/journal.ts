import { type FileHandle, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ParleyError } from '../../../contract/index.ts'
import { encodeFrame, scanFrames } from './frame.ts'
import { decodeRecords, encodeRecord, type JournalRecord } from './record.ts'

/** The journal is read into memory at start; a local ledger larger than this is started anew with a new folder. */
const MAX_JOURNAL_BYTES = 2 ** 31 - 1

/**
 * The append-only file of executed transactions. Records wait for the write that is under way and then go to disk
 * together (group commit), so many senders share one flush. A failed write stops the journal for good: memory is
 * then ahead of the disk, and nothing may be answered from it any more.
 */
export class Journal {
  readonly #file: FileHandle
  #queued: Buffer[] = []
  #writing: Promise<void> | undefined
  #appended = 0
  #flushed = 0
  #waiters: { until: number; settle: (failure?: ParleyError) => void }[] = []
  #failure: ParleyError | undefined
  #length: number

  private constructor(file: FileHandle, length: number) {
    this.#file = file
    this.#length = length
  }

  /** Opens or makes the file, cuts off a torn last write, and gives the records that it holds. */
  static async open(path: string): Promise<{ journal: Journal; records: JournalRecord[] }> {
    const file = await open(path, 'a+', 0o600)
    try {
      if ((await file.stat()).size > MAX_JOURNAL_BYTES)
        throw new ParleyError('too_large', 'The local ledger has grown too large: start it with a new data folder.')
      const { payloads, length } = scanFrames(await readFile(path))
      await file.truncate(length)
      await file.datasync()
      await syncFolder(dirname(path))
      return { journal: new Journal(file, length), records: payloads.flatMap(decodeRecords) }
    } catch (error) {
      await file.close()
      throw error
    }
  }

  /** Queues a record; it is on disk when the next `durable()` resolves. */
  append(record: JournalRecord): void {
    if (this.#failure) throw this.#failure
    this.#queued.push(encodeRecord(record))
    this.#appended++
    this.#writing ??= this.#writeAll()
  }

  /** Resolves when everything appended before is on disk. Throws `storage_full` when it cannot be written. */
  durable(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure)
    const until = this.#appended
    if (this.#flushed >= until) return Promise.resolve()
    return new Promise((resolve, reject) => {
      this.#waiters.push({ until, settle: (failure) => (failure ? reject(failure) : resolve()) })
    })
  }

  async close(): Promise<void> {
    await this.#writing
    await this.#file.close()
  }

  async #writeAll(): Promise<void> {
    // Everything appended in this turn of the event loop joins the first frame.
    await Promise.resolve()
    try {
      while (this.#queued.length > 0) await this.#writeFrame()
    } catch (cause) {
      this.#failure = new ParleyError('storage_full', 'The local ledger cannot write its journal.', { cause })
    }
    this.#writing = undefined
    this.#wake()
  }

  async #writeFrame(): Promise<void> {
    const records = this.#queued
    this.#queued = []
    const frame = encodeFrame(Buffer.concat(records))
    if (this.#length + frame.length > MAX_JOURNAL_BYTES) throw new RangeError('journal size limit')
    await writeWhole(this.#file, frame)
    await this.#file.datasync()
    this.#length += frame.length
    this.#flushed += records.length
    this.#wake()
  }

  #wake(): void {
    // Waiters stand in order: who came later waits for more.
    const first = this.#failure ? -1 : this.#waiters.findIndex(({ until }) => until > this.#flushed)
    const done = this.#waiters.splice(0, first < 0 ? this.#waiters.length : first)
    for (const { settle } of done) settle(this.#failure)
  }
}

async function writeWhole(file: FileHandle, data: Buffer): Promise<void> {
  for (let at = 0; at < data.length;) at += (await file.write(data, at)).bytesWritten
}

/** Makes a new file's name durable too. */
export async function syncFolder(path: string): Promise<void> {
  // Windows cannot flush a folder, and does not need it.
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
