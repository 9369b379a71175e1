import { decodeTransaction, type Execution, type LedgerTransaction } from '../execution/index.ts'
import type { ChainEntry } from '../entry.ts'
import { damaged, decode } from './codec.ts'
import type { Row } from './database.ts'

/**
 * An entry as it was read from disk. Its transaction and effects are decoded when they are first asked for: most readers
 * (who look for memos, or page through digests) never do. Decoding throws `storage_damaged`.
 */
export class StoredEntry implements ChainEntry {
  readonly digest: string
  readonly bytes: Uint8Array
  readonly signatures: string[]
  readonly checkpoint: number
  readonly checkpointDigest: string
  readonly time: number
  readonly #encoded: Uint8Array
  #transaction: LedgerTransaction | undefined
  #execution: Execution | undefined

  constructor(row: Row) {
    this.digest = row['tx'] as string
    this.bytes = new Uint8Array(row['bytes'] as Uint8Array)
    this.signatures = readSignatures(row['signatures'])
    this.checkpoint = row['number'] as number
    this.checkpointDigest = row['digest'] as string
    this.time = row['time'] as number
    this.#encoded = row['execution'] as Uint8Array
  }

  /** Bytes that it takes on disk. */
  get size(): number {
    return this.bytes.length + this.#encoded.length
  }

  get transaction(): LedgerTransaction {
    this.#transaction ??= readTransaction(this.bytes)
    return this.#transaction
  }

  get execution(): Execution {
    this.#execution ??= decode<Execution>(this.#encoded)
    return this.#execution
  }
}

function readTransaction(bytes: Uint8Array): LedgerTransaction {
  try {
    return decodeTransaction(bytes)
  } catch (cause) {
    throw damaged('A transaction of the local ledger cannot be read.', cause)
  }
}

function readSignatures(text: unknown): string[] {
  try {
    return JSON.parse(text as string) as string[]
  } catch (cause) {
    throw damaged('Signatures of the local ledger cannot be read.', cause)
  }
}
