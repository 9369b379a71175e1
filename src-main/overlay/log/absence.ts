import type { Clock, Log } from '../../base/index.ts'
import type { LocalState, SqlReader } from '../state/index.ts'
import { AWAY_MS, SWEEP_MS } from './constants.ts'
import { offline } from './core/asking.ts'
import type { Ports } from './core/ports.ts'
import { majority } from './core/types.ts'

/** Stands among a state's small values: when this node was last here with all logs that it keeps, ms since 1970. */
export const LOGS_SEEN = 'logs_seen'

interface Parts {
  log: Log
  ports: Ports
  rows: SqlReader
  state: LocalState
  clock: Clock
}

/**
 * A node that was away for long may come back with views that are over, and meet nodes that took part in them and have forgotten that since (after
 * FORGET_LOG_MS): together they would be a majority for something else. So it takes no part in a log before a majority of those who may know of a
 * newer view has been asked: who keeps a log is among them, and never forgets it.
 */
export class Absence {
  readonly #parts: Parts
  #isBack = true
  #hasFailed = false
  #notedAt = -Infinity
  /** When it was here last, ms since 1970. */
  #seen = 0
  readonly #confirmed = new Set<string>()
  readonly #asking = new Map<string, Promise<void>>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Before anything is answered. */
  async start(): Promise<void> {
    const { state, clock } = this.#parts
    const value = state.rows.get('SELECT value FROM meta WHERE name = ?', LOGS_SEEN)?.['value'] as
      Uint8Array | undefined
    const seen = value ? Number(Buffer.from(value).readBigInt64BE()) : clock.now()
    this.#seen = seen
    this.#isBack = !this.#isAway()
    if (this.#isBack) await this.#note()
  }

  /** Also for a process that stood still, as with its machine. */
  #isAway(): boolean {
    return this.#parts.clock.now() - this.#seen >= AWAY_MS
  }

  /** Before a log's own row is gone by. Rejects with `offline` where too few can be asked. */
  async require(group: string): Promise<void> {
    if (this.#isBack && this.#isAway()) this.#isBack = false
    if (this.#isBack || this.#confirmed.has(group) || !this.#parts.rows.row(group)?.held) return
    const asking = this.#asking.get(group) ?? this.#confirm(group).finally(() => this.#asking.delete(group))
    this.#asking.set(group, asking)
    await asking
  }

  /** Before a round through all logs. */
  roundBegins(): void {
    this.#hasFailed = false
  }

  /** ... after each has been required: where none failed, the node is back. */
  async roundEnds(): Promise<void> {
    if (this.#isBack && this.#parts.clock.steady() - this.#notedAt < SWEEP_MS) return
    if (!this.#isBack && this.#hasFailed) return
    this.#isBack = true
    this.#confirmed.clear()
    await this.#note()
  }

  /** What cannot be noted now is noted later: a full disk must keep no node from starting. */
  async #note(): Promise<void> {
    const { clock, state, log } = this.#parts
    this.#notedAt = clock.steady()
    this.#seen = clock.now()
    const value = Buffer.alloc(8)
    value.writeBigInt64BE(BigInt(Math.floor(this.#seen)))
    try {
      await state.apply('setMeta', { name: LOGS_SEEN, value: new Uint8Array(value) })
    } catch (error) {
      log.warn({ err: error }, 'it could not be noted that this node keeps its logs')
    }
  }

  async #confirm(group: string): Promise<void> {
    const { ports, rows } = this.#parts
    const view = rows.row(group)?.number ?? 0
    const sets = ports.witnesses(group)
    const heard = new Set([ports.self])
    const others = [...new Set(sets.flat())].filter((node) => node !== ports.self)
    await Promise.allSettled(
      others.map(async (node) => {
        const answer = await ports.ask(node, group, { kind: 'newer', view })
        if (answer.kind === 'view') await ports.local(group, { kind: 'adopt', view: answer.view }, node)
        if (answer.kind === 'view' || answer.kind === 'done') heard.add(node)
      }),
    )
    const isWide = sets.every((set) => set.filter((node) => heard.has(node)).length >= majority(set))
    if (!isWide) {
      this.#hasFailed = true
      throw offline()
    }
    this.#confirmed.add(group)
  }
}
