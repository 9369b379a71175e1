import type { Clock, Log } from '../../base/index.ts'
import type { SectorMap } from '../sector/map.ts'
import type { LocalState, SqlReader } from '../state/index.ts'
import {
  FORGET_LOG_MS,
  MAX_DUE,
  REFOUND_MS,
  RETRY_MS,
  SETTLE_MS,
  SWEEP_LOGS,
  SWEEP_MS,
  TEND_AT_ONCE,
  TEND_MS,
} from './constants.ts'
import type { Absence } from './absence.ts'
import type { LogMember } from './core/member.ts'
import type { Ports } from './core/ports.ts'
import { tend } from './core/tending.ts'
import { truncate } from './core/truncating.ts'
import { type LogRow, majority } from './core/types.ts'

const PAGE = 100

interface Parts {
  ports: Ports
  member: LogMember
  absence: Absence
  rows: SqlReader
  state: LocalState
  map: SectorMap
  clock: Clock
  log: Log
}

/** What a node does for its logs by itself: following the map, entering views, handing over, forgetting. */
export class LogKeeper {
  readonly #parts: Parts
  readonly #due = new Set<string>()
  /** Since when a majority of a log's members has been off the map. */
  readonly #lost = new Map<string, number>()
  /** Members that have lost their votes in a view. */
  readonly #forgetful = new Map<string, { view: number; nodes: Set<string> }>()
  /** The next round also looks for what was missed: after a start, and after others came or went. */
  #isDeep = true
  #running = false
  #working = false
  #sweptAt = 0
  /** Idle logs that the sweeps before this one came by and left. */
  #passedOver = 0
  #retryAt = Infinity
  #forget = () => {}
  #cancelRound = () => {}
  #cancelRetry = () => {}

  constructor(parts: Parts) {
    this.#parts = parts
  }

  start(): void {
    this.#running = true
    this.#sweptAt = this.#parts.clock.steady()
    this.#forget = this.#parts.map.onChange(() => {
      this.#isDeep = true
      this.#roundIn(SETTLE_MS)
    })
    this.#roundIn(SETTLE_MS)
  }

  stop(): void {
    this.#running = false
    this.#forget()
    this.#cancelRound()
    this.#cancelRetry()
  }

  /** Something about this log is to be done. */
  touch(group: string): void {
    if (!this.#running || this.#due.size >= MAX_DUE) return
    this.#due.add(group)
    this.#retryIn(SETTLE_MS / 10)
  }

  /** A member says that it has lost its votes in this view: it counts as one that is gone. */
  forgot(group: string, view: number, node: string): void {
    const known = this.#forgetful.get(group)
    if (known?.view === view) known.nodes.add(node)
    else if (known || this.#forgetful.size < MAX_DUE) this.#forgetful.set(group, { view, nodes: new Set([node]) })
  }

  #roundIn(ms: number): void {
    this.#cancelRound()
    if (this.#running) this.#cancelRound = this.#parts.clock.after(ms, () => void this.#round())
  }

  /** Never later than before: a log that fails must not put the others off. */
  #retryIn(ms: number): void {
    const { clock } = this.#parts
    const at = clock.steady() + ms
    if (!this.#running || this.#retryAt <= at) return
    this.#cancelRetry()
    this.#retryAt = at
    this.#cancelRetry = clock.after(ms, () => {
      this.#retryAt = Infinity
      void this.#retry()
    })
  }

  /** All logs, a page at a time. */
  async #round(): Promise<void> {
    if (this.#working) return this.#roundIn(SETTLE_MS)
    this.#working = true
    const isDeep = this.#isDeep
    this.#isDeep = false
    this.#parts.absence.roundBegins()
    try {
      for (let after = ''; this.#running;) {
        const groups = this.#parts.rows.groups(after, PAGE)
        await this.#tendAll(groups, isDeep)
        after = groups.at(-1) ?? ''
        if (groups.length < PAGE) break
      }
      if (this.#running) await this.#parts.absence.roundEnds()
      await this.#sweep()
    } catch (error) {
      this.#parts.log.warn({ err: error }, 'the group logs could not be looked after')
    } finally {
      this.#working = false
      this.#roundIn(TEND_MS)
    }
  }

  async #retry(): Promise<void> {
    const groups = [...this.#due]
    this.#due.clear()
    await this.#tendAll(groups, true)
  }

  #tendAll(groups: readonly string[], isDeep: boolean): Promise<void> {
    return this.#each(groups, (group) => this.#tend(group, isDeep))
  }

  async #each(groups: readonly string[], task: (group: string) => Promise<void>): Promise<void> {
    const left = [...groups]
    const work = async () => {
      for (let group = left.shift(); group !== undefined && this.#running; group = left.shift()) await task(group)
    }
    await Promise.all(Array.from({ length: TEND_AT_ONCE }, work))
  }

  /** Answers whether it was given up. */
  async #truncate(group: string): Promise<boolean> {
    const { ports, member, absence, log } = this.#parts
    try {
      await absence.require(group)
      if (!(await truncate(ports, member, group))) return false
      this.touch(group)
      return true
    } catch (error) {
      log.debug({ err: error }, 'an idle group log could not be given up')
      return false
    }
  }

  async #tend(group: string, isDeep: boolean): Promise<void> {
    const { ports, member, absence, log } = this.#parts
    let isLeft = true
    try {
      await absence.require(group)
      const isDue = await tend(ports, member, group, (id, row) => this.#isLost(id, row))
      isLeft = isDue || (isDeep && !(await member.catchUp(group)))
    } catch (error) {
      log.debug({ err: error }, 'a group log could not be looked after')
    }
    if (!isLeft || !this.#running || this.#due.size >= MAX_DUE) return
    this.#due.add(group)
    this.#retryIn(RETRY_MS)
  }

  #isLost(group: string, row: LogRow): boolean {
    const { map, ports, clock } = this.#parts
    const forgetful = this.#forgetful.get(group)
    if (forgetful && forgetful.view < row.number) this.#forgetful.delete(group)
    const isGone = (node: string) => forgetful?.view === row.number && forgetful.nodes.has(node)
    const left = row.members.filter((node) => node === ports.self || (map.has(node) && !isGone(node)))
    if (left.length >= majority(row.members)) {
      this.#lost.delete(group)
      return false
    }
    // By a clock that nobody sets: one that is put right just after a start must not look like a day without the others.
    const since = this.#lost.get(group) ?? clock.steady()
    if (this.#lost.size < MAX_DUE) this.#lost.set(group, since)
    return clock.steady() - since >= REFOUND_MS
  }

  async #sweep(): Promise<void> {
    const { state, rows, ports, clock } = this.#parts
    const steady = clock.steady()
    if (!this.#running || steady - this.#sweptAt < SWEEP_MS) return
    this.#sweptAt = steady
    const before = clock.now() - FORGET_LOG_MS
    await state.apply('sweepLogs', { self: ports.self, before, limit: SWEEP_LOGS })
    const groups = rows.idle(before, SWEEP_LOGS, this.#passedOver)
    let left = groups.length
    await this.#each(groups, async (group) => void ((await this.#truncate(group)) && left--))
    // What others will not give up must not stand before the rest for ever.
    this.#passedOver = groups.length < SWEEP_LOGS ? 0 : this.#passedOver + left
  }
}
