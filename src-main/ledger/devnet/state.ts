import { utf8 } from '../../base/index.ts'
import {
  CLOCK_ID,
  checkTransaction,
  execute,
  type Execution,
  type ExecutionContext,
  inspect,
  type Inspection,
  type LedgerTransaction,
  type Mode,
} from './execution/index.ts'
import { clockAt, type GenesisTerms, genesisDigestOf, genesisObjects } from './genesis.ts'
import { addGas, NO_GAS_YET } from './gas-sums.ts'
import type { MoveMachine } from './move/index.ts'
import {
  digestBytes,
  digestText,
  decodePackage,
  type LedgerObject,
  type ObjectTable,
  typedHash,
} from './objects/index.ts'
import type { Checkpoint } from './types.ts'

/** The newest checkpoint and what the next one continues. */
export interface Head {
  checkpoint: Checkpoint
  epoch: bigint
  epochStartedAt: number
}

/** What a checkpoint is made of: a transaction with its bill, or a side of an epoch's turn. */
type Step = { digest: string; gas: Execution['gasUsed'] } | 'end' | 'start'

/** A transaction that became part of the chain. */
export interface Applied {
  execution: Execution
  checkpoint: Checkpoint
  /** The clock, where the transaction has read it: it is set before each reader. */
  clock?: LedgerObject
}

/**
 * The state machine of the ledger: live objects, the epoch and the newest checkpoint. The same steps from the same genesis
 * give the same digests, so a chain can be checked by doing them again.
 */
export class LedgerState {
  readonly objects: ObjectTable
  readonly machine: MoveMachine
  readonly #genesisDigest: string
  #head: Head

  /** Continues at `head`; the objects' packages become callable. */
  constructor(genesisDigest: string, objects: ObjectTable, head: Head, machine: MoveMachine) {
    this.objects = objects
    this.machine = machine
    this.#genesisDigest = genesisDigest
    this.#head = head
    for (const object of objects.values()) this.#loadPackage(object)
  }

  /** The state before the first transaction. */
  static genesis(terms: GenesisTerms, objects: ObjectTable, machine: MoveMachine): LedgerState {
    for (const object of genesisObjects(terms, machine)) objects.put(object)
    const digest = genesisDigestOf(terms.richAddress)
    const checkpoint = { number: 0, digest, epoch: 0n, time: terms.time, transaction: digest, totalTransactions: 1 }
    const first = { ...checkpoint, gas: NO_GAS_YET, endOfEpoch: false }
    const head = { checkpoint: first, epoch: 0n, epochStartedAt: terms.time }
    return new LedgerState(digest, objects, head, machine)
  }

  get head(): Head {
    return this.#head
  }

  /** Executes without keeping anything. Throws as `checkTransaction`. */
  simulate(transaction: LedgerTransaction, time: number): Execution {
    return this.#execute(transaction, 'dryRun', time).execution
  }

  /** The same for commands that nobody signed. */
  inspect(transaction: LedgerTransaction, time: number): Inspection {
    const { source, context } = this.#surroundings(transaction, time)
    return inspect(checkTransaction(transaction, source, this.#head.epoch, 'inspect'), context)
  }

  /** Executes and keeps a transaction whose signatures were checked. Throws as `checkTransaction`; then nothing changed. */
  apply(transaction: LedgerTransaction, time: number): Applied {
    const { execution, clock, context } = this.#execute(transaction, 'execute', time)
    // First what could fail: then nothing has changed yet.
    for (const { before, after } of execution.changes) if (after && !before) this.#loadPackage(after)
    if (clock) this.objects.put(clock)
    for (const { id, before, after } of execution.changes) {
      if (after) this.objects.put(after)
      else if (before) this.objects.remove(id)
    }
    const done = { digest: transaction.digest, gas: execution.gasUsed }
    const checkpoint = this.#advance(digestBytes(execution.effects.digest), context.time, done)
    return { execution, checkpoint, ...(clock && { clock }) }
  }

  /** Ends the epoch and begins the next: a checkpoint each. The first one's digest cannot be known before. */
  turnEpoch(time: number): [last: Checkpoint, first: Checkpoint] {
    const last = this.#advance(utf8('end of epoch'), this.#notBefore(time), 'end')
    const epoch = this.#head.epoch + 1n
    this.#head = { ...this.#head, epoch, epochStartedAt: last.time }
    return [last, this.#advance(utf8('start of epoch'), last.time, 'start')]
  }

  #execute(transaction: LedgerTransaction, mode: Mode, time: number) {
    const { source, context, clock } = this.#surroundings(transaction, time)
    const checked = checkTransaction(transaction, source, this.#head.epoch, mode)
    return { execution: execute(checked, context), clock, context }
  }

  #surroundings(transaction: LedgerTransaction, wanted: number) {
    const { epoch, epochStartedAt, checkpoint } = this.#head
    const time = this.#notBefore(wanted)
    const context: ExecutionContext = {
      epoch,
      epochStartMs: epochStartedAt,
      time,
      checkpoint: checkpoint.number + 1,
      machine: this.machine,
    }
    const clock = readsClock(transaction) ? this.#clockAt(time) : undefined
    const source = { get: (id: string) => (clock && id === CLOCK_ID ? clock : this.objects.get(id)) }
    return { source, context, clock }
  }

  #clockAt(time: number): LedgerObject {
    const version = (this.objects.get(CLOCK_ID)?.version ?? 0n) + 1n
    return clockAt(this.#genesisDigest, version, time)
  }

  /** The ledger's time never goes back, whatever the machine's clock does. */
  #notBefore(time: number): number {
    return Math.max(time, this.#head.checkpoint.time)
  }

  #advance(content: Uint8Array, time: number, step: Step): Checkpoint {
    const done = typeof step === 'string' ? undefined : step
    const { checkpoint: previous, epoch } = this.#head
    const hash = typedHash('LocalCheckpoint', digestBytes(previous.digest), content, utf8(String(time)))
    const checkpoint: Checkpoint = {
      number: previous.number + 1,
      digest: digestText(hash),
      previousDigest: previous.digest,
      epoch,
      time,
      ...(done && { transaction: done.digest }),
      totalTransactions: previous.totalTransactions + (done ? 1 : 0),
      gas: done ? addGas(previous.gas, done.gas) : previous.gas,
      endOfEpoch: step === 'end',
    }
    this.#head = { ...this.#head, checkpoint }
    return checkpoint
  }

  #loadPackage(object: LedgerObject): void {
    if (!('Package' in object.type)) return
    const { id, modules } = decodePackage(object)
    this.machine.load({ id, modules })
  }
}

function readsClock({ inputs }: LedgerTransaction): boolean {
  return inputs.some((input) => input.Object?.SharedObject?.objectId === CLOCK_ID)
}
