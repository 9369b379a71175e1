import type { Clock, Log } from '../../../base/index.ts'
import { type ParleyError, toParleyError } from '../../../contract/index.ts'
import { execute, type Outcome } from '../commands.ts'
import type { NodeDatabase } from '../database.ts'
import type { Fact } from '../types.ts'
import { type Batch, decodeBatch } from './codec.ts'
import { positionOf } from './position.ts'

/** Messages that one transaction takes. */
const AT_ONCE = 64
/** A full disk is tried again after this. */
const RETRY_MS = 1_000
/** A process that gave nothing for so many messages is forgotten: none of its messages can be on its way. */
const KEEP_GIVERS = 100_000

export interface ApplierOptions {
  database: NodeDatabase
  clock: Clock
  log: Log
  /** A batch was applied: what its commands came to. Not called for one that counted already. */
  onBatch: (batch: Batch, outcomes: readonly Outcome[], position: number) => void
  onFacts: (facts: readonly Fact[]) => void
  /** The log has lost what comes next here: a snapshot is needed. */
  onGap: () => void
  /** This copy is further than before. */
  onAdvance: () => void
  /** Cannot go on: a message of a newer version. */
  onFailure: (error: ParleyError) => void
}

/** Applies the log to this process's own copy, in order, each message once, with its place in the same transaction. */
export class Applier {
  readonly #options: ApplierOptions
  readonly #queue: { seq: number; bytes: Uint8Array }[] = []
  #idle: (() => void)[] = []
  #position: number
  #scheduled: (() => void) | undefined
  #stopped = false

  constructor(options: ApplierOptions) {
    this.#options = options
    this.#position = positionOf(options.database)
  }

  /** How far this copy is. */
  get position(): number {
    return this.#position
  }

  /** Next place to read. */
  get next(): number {
    return (this.#queue.at(-1)?.seq ?? this.#position) + 1
  }

  push(seq: number, bytes: Uint8Array): void {
    if (this.#stopped || seq < this.next) return
    if (seq > this.next) return this.#options.onGap()
    this.#queue.push({ seq, bytes })
    this.#schedule()
  }

  /** Calls back when what was pushed before is applied. */
  whenIdle(done: () => void): void {
    if (this.#queue.length === 0) return done()
    this.#idle.push(done)
  }

  /** The database was replaced: what waits was of the old one. */
  reset(): void {
    this.#queue.length = 0
    this.#idle = []
    this.#position = positionOf(this.#options.database)
  }

  stop(): void {
    this.#stopped = true
    this.#scheduled?.()
    this.#queue.length = 0
  }

  #schedule(): void {
    if (this.#scheduled) return
    const immediate = setImmediate(() => this.#drain())
    this.#scheduled = () => clearImmediate(immediate)
  }

  #drain(): void {
    this.#scheduled = undefined
    const { database, clock, log } = this.#options
    const messages = this.#queue.slice(0, AT_ONCE)
    let done: { batch: Batch; outcomes: Outcome[]; seq: number }[]
    try {
      done = database.transaction(() => this.#apply(messages))
    } catch (thrown) {
      const error = toParleyError((thrown as Error).cause ?? thrown)
      if (error.code === 'unsupported_version') return this.#fail(error)
      log.error({ err: thrown }, 'the node cannot write to its disk; trying again')
      this.#scheduled = clock.after(RETRY_MS, () => this.#drain())
      return
    }
    this.#queue.splice(0, messages.length)
    this.#position = messages.at(-1)?.seq ?? this.#position
    if (this.#queue.length > 0) this.#schedule()
    this.#tell(done)
    this.#options.onAdvance()
  }

  #apply(messages: readonly { seq: number; bytes: Uint8Array }[]) {
    const { database } = this.#options
    const done = messages.flatMap(({ seq, bytes }) => {
      const batch = this.#read(seq, bytes)
      if (!batch || !this.#isNew(batch, seq)) return []
      const outcomes = batch.commands.map((command) => execute(database, command, batch.limits))
      return [{ batch, outcomes, seq }]
    })
    database.run('UPDATE state SET position = ?', messages.at(-1)?.seq ?? this.#position)
    return done
  }

  #read(seq: number, bytes: Uint8Array): Batch | undefined {
    try {
      return decodeBatch(bytes)
    } catch (error) {
      if (toParleyError(error).code === 'unsupported_version') throw error
      this.#options.log.error({ err: error, seq }, "a message of the cluster's log cannot be read and is left out")
      return undefined
    }
  }

  /** A message that came twice, by a retry over a change of leader, counts once. */
  #isNew({ process, number }: Batch, seq: number): boolean {
    const { database } = this.#options
    const known = database.get('SELECT number FROM giver WHERE process = ?', process)
    if (known && Number(known['number']) >= number) return false
    database.run('INSERT OR REPLACE INTO giver VALUES (?, ?, ?)', process, number, seq)
    if (!known) database.run('DELETE FROM giver WHERE position < ?', seq - KEEP_GIVERS)
    return true
  }

  #tell(done: readonly { batch: Batch; outcomes: Outcome[]; seq: number }[]): void {
    for (const { batch, outcomes, seq } of done) this.#options.onBatch(batch, outcomes, seq)
    this.#options.onFacts(
      done.flatMap(({ outcomes }) => outcomes.flatMap((one) => ('refusal' in one ? [] : one.facts))),
    )
    if (this.#queue.length > 0) return
    for (const idle of this.#idle.splice(0)) idle()
  }

  #fail(error: ParleyError): void {
    this.stop()
    this.#options.onFailure(error)
  }
}
