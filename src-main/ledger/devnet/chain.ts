import { toBase58, fromBase58 } from '@iota/bcs'
import { toHex, utf8 } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import {
  checkTransaction,
  decodeTransaction,
  execute,
  type Execution,
  type Inspection,
  type LedgerTransaction,
  NotSupported,
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
import type { ChainEvent, Checkpoint, Epoch, EventFilter, EventPosition, Slice, TransactionFilter } from './types.ts'

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
  /** @deprecated History moves to disk: use `entryAt`, `transactions`, `checkpoint`. */
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

  /** Number of the epoch that runs. */
  get epoch(): bigint {
    return EPOCH
  }

  /** Of every epoch, oldest first. */
  get epochs(): readonly Epoch[] {
    return [{ number: EPOCH, startedAt: this.genesisTime, firstCheckpoint: 0 }]
  }

  /** Transactions ever executed, the genesis among them. */
  get transactionCount(): number {
    return this.entries.length + 1
  }

  entryAt(checkpoint: number): ChainEntry | undefined {
    return this.entries[checkpoint - 1]
  }

  checkpoint(number: number): Checkpoint | undefined {
    const entry = this.entryAt(number)
    if (!entry && number !== 0) return undefined
    const previousDigest = number === 0 ? undefined : (this.entryAt(number - 1)?.checkpointDigest ?? this.genesisDigest)
    return {
      number,
      digest: entry?.checkpointDigest ?? this.genesisDigest,
      ...(previousDigest && { previousDigest }),
      epoch: EPOCH,
      time: entry?.time ?? this.genesisTime,
      transaction: entry?.transaction.digest ?? this.genesisDigest,
      totalTransactions: number + 1,
      endOfEpoch: false,
    }
  }

  /** Number of the checkpoint with this digest. */
  checkpointOf(digest: string): number | undefined {
    if (digest === this.genesisDigest) return 0
    return this.entries.find(({ checkpointDigest }) => checkpointDigest === digest)?.checkpoint
  }

  /** Executed transactions; positions are checkpoint numbers. */
  transactions(filter: TransactionFilter, slice: Slice<number>): ChainEntry[] {
    const found = this.entries.filter((entry) => matches(entry, filter))
    return cut(found, ({ checkpoint }) => checkpoint, slice)
  }

  events(_filter: EventFilter, _slice: Slice<EventPosition>): ChainEvent[] {
    return []
  }

  /** An object as it was at a version that was written once; undefined where there was none. */
  objectAt(id: string, version: bigint): LedgerObject | undefined {
    const newest = this.objects.get(id)
    if (newest?.version === version) return newest
    for (const index of this.changing(id)) {
      const change = this.entries[index]?.execution.changes.find((each) => each.id === id)
      if (change?.after?.version === version) return change.after
    }
    return undefined
  }

  /** Runs commands that nobody signed. `kind` is BCS of TransactionKind. Throws as `checkTransaction`. */
  devInspect(_sender: string, _kind: Uint8Array, _gasPrice?: bigint): Inspection {
    throw new NotSupported('Inspecting a transaction')
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

function matches({ transaction, execution, checkpoint }: ChainEntry, filter: TransactionFilter): boolean {
  const to = recipientsOf(execution)
  if ('all' in filter) return true
  if ('sender' in filter)
    return transaction.sender === filter.sender && (filter.recipient === undefined || to.has(filter.recipient))
  if ('recipient' in filter) return to.has(filter.recipient)
  if ('party' in filter) return transaction.sender === filter.party || to.has(filter.party)
  if ('checkpoint' in filter) return checkpoint === filter.checkpoint
  if ('changed' in filter) return execution.changes.some(({ id }) => id === filter.changed)
  if ('input' in filter) return execution.changes.some(({ id, before }) => id === filter.input && before)
  if ('gone' in filter) return execution.changes.some(({ id, after }) => id === filter.gone && !after)
  return false
}

function cut<T>(items: T[], at: (item: T) => number, { after, limit, descending }: Slice<number>): T[] {
  const ordered = descending ? items.toReversed() : items
  const rest = ordered.filter((item) => after === undefined || (descending ? at(item) < after : at(item) > after))
  return rest.slice(0, limit)
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
