import { toBase58, fromBase58 } from '@iota/bcs'
import { toHex, utf8 } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import {
  checkTransaction,
  decodeTransaction,
  execute,
  type Execution,
  type LedgerTransaction,
} from './execution/index.ts'
import {
  coinContents,
  derivedId,
  type LedgerObject,
  ObjectTable,
  ownerAddress,
  sealObject,
  typedHash,
} from './objects/index.ts'
import type { JournalRecord } from './storage/index.ts'

/** All NANOS there are: 4,000,000,000 IOTA, near the real network's supply and within u64. */
export const GENESIS_NANOS = 4_000_000_000_000_000_000n
/** Epochs do not turn yet on the embedded ledger. */
const EPOCH = 0n

/** An executed transaction; each is the only one of its checkpoint. */
export interface ChainEntry {
  transaction: LedgerTransaction
  signatures: string[]
  execution: Execution
  /** Sequence number from 1; 0 is the genesis. */
  checkpoint: number
  /** base58; each covers the one before. */
  checkpointDigest: string
  /** Milliseconds since 1970. */
  time: number
}

/** The state of the ledger in memory: objects, transactions in order, and the indexes that queries need. */
export class Chain {
  readonly objects = new ObjectTable()
  readonly entries: ChainEntry[] = []
  readonly genesisDigest: string
  readonly genesisTime: number
  /** 8 hex digits: the head of the genesis checkpoint's digest, as on a node. */
  readonly identifier: string
  readonly #byDigest = new Map<string, number>()
  readonly #bySender = new Map<string, number[]>()
  readonly #byRecipient = new Map<string, number[]>()
  readonly #byParty = new Map<string, number[]>()
  readonly #byObject = new Map<string, number[]>()

  /** Gives all tokens to one address. */
  constructor(richAddress: string, time: number) {
    const digest = typedHash('LocalGenesis', utf8(richAddress))
    this.genesisDigest = toBase58(digest)
    this.genesisTime = time
    this.identifier = toHex(digest.subarray(0, 4))
    this.objects.put(genesisCoin(this.genesisDigest, richAddress))
  }

  get epoch(): bigint {
    return EPOCH
  }

  /** Sequence number of the newest checkpoint. */
  get height(): number {
    return this.entries.length
  }

  entry(digest: string): ChainEntry | undefined {
    const index = this.#byDigest.get(digest)
    return index === undefined ? undefined : this.entries[index]
  }

  /** Executes without keeping anything. Throws as `checkTransaction`. */
  simulate(transaction: LedgerTransaction): Execution {
    return execute(checkTransaction(transaction, this.objects, this.epoch, true), this.epoch)
  }

  /** Executes and keeps a transaction whose signatures were checked. Throws as `checkTransaction`. */
  apply(transaction: LedgerTransaction, signatures: string[], time: number): ChainEntry {
    const execution = execute(checkTransaction(transaction, this.objects, this.epoch, false), this.epoch)
    for (const { id, after } of execution.changes) {
      if (after) this.objects.put(after)
      else this.objects.remove(id)
    }
    const checkpoint = this.height + 1
    const checkpointDigest = this.#nextCheckpointDigest(execution.effects.digest, time)
    const entry = { transaction, signatures, execution, checkpoint, checkpointDigest, time }
    this.#index(entry, this.entries.push(entry) - 1)
    return entry
  }

  /** Executes a journal's record again. Throws `storage_damaged` unless it has the same effects as the first time. */
  replay(record: JournalRecord): void {
    let digest: string
    try {
      digest = this.apply(decodeTransaction(record.bytes), record.signatures, record.time).execution.effects.digest
    } catch (cause) {
      throw new ParleyError('storage_damaged', 'A transaction of the journal cannot be executed again.', { cause })
    }
    if (digest !== record.effectsDigest)
      throw new ParleyError(
        'storage_damaged',
        'A transaction of the journal has other effects than when it was executed.',
      )
  }

  /** Indexes into `entries`, oldest first. */
  sentBy(address: string): readonly number[] {
    return this.#bySender.get(address) ?? []
  }

  /** Transactions after which the address owns a written object; its own count too, since they write its gas coin. */
  receivedBy(address: string): readonly number[] {
    return this.#byRecipient.get(address) ?? []
  }

  involving(address: string): readonly number[] {
    return this.#byParty.get(address) ?? []
  }

  changing(objectId: string): readonly number[] {
    return this.#byObject.get(objectId) ?? []
  }

  #nextCheckpointDigest(effectsDigest: string, time: number): string {
    const previous = this.entries.at(-1)?.checkpointDigest ?? this.genesisDigest
    return toBase58(typedHash('LocalCheckpoint', fromBase58(previous), fromBase58(effectsDigest), utf8(String(time))))
  }

  #index(entry: ChainEntry, at: number): void {
    const { sender, digest } = entry.transaction
    this.#byDigest.set(digest, at)
    append(this.#bySender, sender, at)
    const recipients = recipientsOf(entry.execution)
    for (const address of recipients) append(this.#byRecipient, address, at)
    for (const address of recipients.add(sender)) append(this.#byParty, address, at)
    for (const { id } of entry.execution.changes) append(this.#byObject, id, at)
  }
}

function recipientsOf(execution: Execution): Set<string> {
  return new Set(execution.changes.flatMap(({ after }) => (after && ownerAddress(after.owner)) ?? []))
}

function append(index: Map<string, number[]>, key: string, at: number): void {
  const list = index.get(key)
  if (list) list.push(at)
  else index.set(key, [at])
}

function genesisCoin(genesisDigest: string, owner: string): LedgerObject {
  const id = derivedId(genesisDigest, 0n)
  return sealObject({
    id,
    type: { GasCoin: true },
    version: 1n,
    contents: coinContents(id, GENESIS_NANOS),
    owner: { AddressOwner: owner },
    previousTransaction: genesisDigest,
    storageRebate: 0n,
  })
}
