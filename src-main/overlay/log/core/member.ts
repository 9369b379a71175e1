import { ParleyError } from '../../../contract/index.ts'
import { MAX_HEADS, MAX_PAGE_BYTES, MAX_PAGE_ENTRIES } from '../constants.ts'
import { blankRow, requireOpen } from './acceptor.ts'
import { askMajority, offline } from './asking.ts'
import { enter } from './entering.ts'
import { rejoin } from './forgetting.ts'
import { isWithout } from './memory.ts'
import { decodeMembers, encodeMembers } from './founding.ts'
import type { Ports } from './ports.ts'
import { locate } from './locating.ts'
import { decide, electorateOf, type Outcome } from './proposer.ts'
import { type Founding, foundingOf, type LogRow, SUCCESSOR, type View, viewOf } from './types.ts'

/** Views that one call follows before it gives up: they change with the map, once an epoch. */
const MAX_VIEWS = 6
/**
 * A log that lost a majority for good goes on under a number that the lost ones cannot have reached: should they come back, they
 * follow it.
 */
const REFOUND_STEP = 1_000
/** Epochs that one read finishes which somebody began and nobody finished. */
const MAX_SETTLED = 32

/** The nodes that keep the log, where this one does not; or nobody does. */
export interface Elsewhere {
  kind: 'elsewhere'
  members: readonly string[]
}
export type Appended = { kind: 'decided'; value: Uint8Array } | Elsewhere
export type ReadPage = { kind: 'page'; entries: { epoch: number; entry: Uint8Array }[]; more: boolean } | Elsewhere

/** A node's part in group logs: what it decides, reads and takes over together with the other members. */
export class LogMember {
  readonly #ports: Ports
  readonly #entering = new Map<string, Promise<boolean>>()
  readonly #changing = new Map<string, Promise<void>>()

  constructor(ports: Ports) {
    this.#ports = ports
  }

  /** The winner of an epoch: the given value or the one that was first. Rejects with `offline` where no majority answers. */
  async append(group: string, epoch: number, value: Uint8Array, founding?: Founding): Promise<Appended> {
    for (let views = 0; views < MAX_VIEWS; views++) {
      const row = await this.#ready(group, founding)
      if (!row || !isMember(row, this.#ports.self)) return { kind: 'elsewhere', members: row?.members ?? [] }
      requireOpen(row, epoch)
      const known = this.#ports.rows.slot(group, epoch)
      if (known?.decided && known.value) return { kind: 'decided', value: known.value }
      const outcome = await decide(this.#ports, group, epoch, electorateOf(viewOf(row)), value)
      if (outcome.kind === 'decided') {
        await this.#spread(group, row, epoch, outcome.value)
        return outcome
      }
      if (outcome.kind !== 'nothing') await this.#follow(group, row, outcome)
    }
    throw unsettled()
  }

  /** Decided entries from an epoch on: all that were decided before the call, in order, as far as they fit. */
  async read(group: string, from: number, limit: number): Promise<ReadPage> {
    for (let views = 0; views < MAX_VIEWS; views++) {
      const row = await this.#ready(group, undefined)
      if (!row?.number && this.#isHome(group)) return { kind: 'page', entries: [], more: false }
      if (!row || !isMember(row, this.#ports.self)) return { kind: 'elsewhere', members: row?.members ?? [] }
      if (row.sealed) {
        await this.change(group)
        continue
      }
      const until = await this.#settle(group, row, from)
      if (until !== undefined) return this.#page(group, from, Math.min(limit, MAX_PAGE_ENTRIES), until)
    }
    throw unsettled()
  }

  /**
   * Takes in what was decided while this node was away, so that every member has the whole log. False where the view changed
   * meanwhile.
   */
  async catchUp(group: string): Promise<boolean> {
    for (let from = 0; ;) {
      const row = this.#ports.rows.row(group)
      if (!row || !isMember(row, this.#ports.self) || row.held !== row.number || row.sealed) return true
      const until = await this.#settle(group, row, from)
      if (until === undefined) return false
      if (until === Infinity || until <= from) return true
      from = until
    }
  }

  /** See `locate`; a founding that was begun is finished. */
  locate(group: string): Promise<View | undefined> {
    return locate(this.#ports, group, () => this.#found(group, undefined))
  }

  /** A node that has lost its votes looks for a log that it has nothing of. Rejects with `offline` where it may not take part in founding it. */
  async recall(group: string): Promise<void> {
    // What an earlier life of this node answered may still be counted, and what came of it not be known yet.
    if (!this.#ports.rested()) throw offline()
    const view = await this.locate(group)
    if (!view && isWithout(this.#ports, group)) await this.#ports.local(group, { kind: 'recall' })
  }

  /** A member that forgot its votes in this view can vote in a next one only. */
  async renew(group: string, view: number): Promise<void> {
    const row = this.#ports.rows.row(group)
    if (row?.number !== view || row.held !== view || row.sealed) return
    // Two are no majority without one of them; but then the other has all that both have decided.
    if (row.members.length === 2) await this.goOnAlone(group, row, row.members)
    else await this.change(group)
  }

  /**
   * A member whose fellows are lost goes on alone, unless those who may keep the log by now know of a newer view, which it then follows: the
   * lost ones may have handed it on before. Rejects with `offline` where too few of them answer.
   */
  async outlive(group: string, { number }: LogRow): Promise<void> {
    await locate(this.#ports, group, () => Promise.resolve(), true)
    const row = this.#ports.rows.row(group)
    if (row?.number === number && row.held === number) await this.goOnAlone(group, row, this.#ports.homes(group))
  }

  /** Begins a view with what this node has. */
  async goOnAlone(group: string, row: LogRow, members: readonly string[]): Promise<void> {
    const { number } = row
    const view = { ...viewOf(row), number: number + REFOUND_STEP, after: number, members, previous: [this.#ports.self] }
    await this.#ports.local(group, { kind: 'adopt', view })
    await this.announce(group)
  }

  /** Ends the view: its members agree on the home nodes of now, and from where on the log goes on, and the new ones are told. */
  change(group: string, floor = 0): Promise<void> {
    return once(this.#changing, group, async () => {
      const row = this.#ports.rows.row(group)
      if (!row || row.held !== row.number || !isMember(row, this.#ports.self)) return
      const homes = this.#ports.homes(group)
      const members = homes.length < row.members.length ? row.members : homes
      const value = encodeMembers({ members, ...foundingOf(row), floor: Math.max(floor, row.floor) })
      const outcome = await decide(this.#ports, group, SUCCESSOR, electorateOf(viewOf(row)), value)
      if (outcome.kind === 'failed') throw asOffline(outcome.error)
      if (outcome.kind === 'view') await this.#adopt(group, outcome.view, outcome.from)
      if (outcome.kind !== 'decided') return
      const next = decodeMembers(outcome.value)
      const view = { ...viewOf(row), number: row.number + 1, after: row.number, previous: row.members, ...next }
      await this.#adopt(group, view, this.#ports.self)
      await this.announce(group)
    })
  }

  /** Enters the newest view that this node knows; answers whether it votes in it now. */
  enter(group: string): Promise<boolean> {
    return once(this.#entering, group, async () => {
      const row = this.#ports.rows.row(group)
      if (!row || !isMember(row, this.#ports.self)) return false
      if (row.held >= 0) return row.held === row.number || enter(this.#ports, group, row)
      await rejoin(this.#ports, group, row)
      return false
    })
  }

  /** Tells the newest view to all that take part in it, took part before, or may be asked for it. */
  async announce(group: string): Promise<void> {
    const row = this.#ports.rows.row(group)
    if (!row || row.number === 0) return
    const nodes = new Set([...row.members, ...row.previous, ...this.#ports.witnesses(group).flat()])
    nodes.delete(this.#ports.self)
    const view = viewOf(row)
    await Promise.allSettled([...nodes].map((node) => this.#ports.ask(node, group, { kind: 'adopt', view })))
  }

  /** The log's row once this node votes in its newest view; founds it where there is none, and somebody who founds. */
  async #ready(group: string, founding: Founding | undefined): Promise<LogRow | undefined> {
    let row = this.#ports.rows.row(group)
    if (!row || row.number === 0) {
      if (!this.#isHome(group)) return undefined
      if (founding && isWithout(this.#ports, group)) await this.recall(group)
      if (this.#ports.rows.row(group)?.number) return this.#ready(group, founding)
      if (founding) await this.#found(group, founding)
      else await this.locate(group)
      row = this.#ports.rows.row(group)
    }
    if (!row || !isMember(row, this.#ports.self)) return row
    if (row.held !== row.number && !(await this.enter(group))) throw offline()
    return this.#ports.rows.row(group)
  }

  #isHome(group: string): boolean {
    return this.#ports.homes(group).includes(this.#ports.self)
  }

  /** The first view is decided among those who may know of the log, so that there is only one. */
  async #found(group: string, founding: Founding | undefined): Promise<void> {
    const sets = this.#ports.witnesses(group)
    const members = this.#ports.homes(group)
    const value = founding && encodeMembers({ members, ...founding, floor: 0 })
    const electorate = { view: viewOf(blankRow()), voters: [...new Set(sets.flat())], sets, patient: true }
    const outcome = await decide(this.#ports, group, SUCCESSOR, electorate, value)
    if (outcome.kind === 'nothing') return
    if (outcome.kind === 'view') return this.#adopt(group, outcome.view, outcome.from)
    if (outcome.kind !== 'decided') throw asOffline(outcome.kind === 'failed' ? outcome.error : undefined)
    const view = { ...viewOf(blankRow()), number: 1, ...decodeMembers(outcome.value), floor: 0 }
    await this.#adopt(group, view, this.#ports.self)
    // Whoever misses it is told with the first vote.
    void this.announce(group)
  }

  async #adopt(group: string, view: View, from: string): Promise<void> {
    await this.#ports.local(group, { kind: 'adopt', view }, from)
  }

  /** What stopped a decision: the next try finds it out of the way, or there is none. */
  async #follow(group: string, row: LogRow, outcome: Exclude<Outcome, { kind: 'decided' | 'nothing' }>): Promise<void> {
    if (outcome.kind === 'failed') throw asOffline(outcome.error)
    if (outcome.kind === 'view') return this.#adopt(group, outcome.view, outcome.from)
    if (outcome.kind === 'sealed' && this.#ports.rows.row(group)?.number === row.number) await this.change(group)
  }

  async #keep(group: string, row: LogRow, epoch: number, value: Uint8Array): Promise<void> {
    await this.#ports.local(group, { kind: 'decided', view: row.number, epoch, value })
  }

  async #spread(group: string, row: LogRow, epoch: number, value: Uint8Array): Promise<void> {
    const ask = { kind: 'decided', view: row.number, epoch, value } as const
    await this.#keep(group, row, epoch, value)
    // Whoever misses it learns it when it is next read.
    for (const node of row.members) if (node !== this.#ports.self) this.#ports.ask(node, group, ask).catch(() => {})
  }

  /**
   * Sees to it that what a majority knows of is decided here: every decided entry is known to one of any majority. Answers the
   * epoch before which that is so, undefined where the view has changed meanwhile.
   */
  async #settle(group: string, row: LogRow, from: number): Promise<number | undefined> {
    const { self } = this.#ports
    const answers = await askMajority(this.#ports, group, row, { kind: 'heads', view: row.number, from })
    let until = Infinity
    const begun = new Set<number>()
    for (const answer of answers) {
      if (answer.kind === 'view') await this.#adopt(group, answer.view, self)
      if (answer.kind !== 'heads') return undefined
      for (const { epoch } of answer.epochs) begun.add(epoch)
      if (answer.epochs.length >= MAX_HEADS) until = Math.min(until, (answer.epochs.at(-1)?.epoch ?? from) + 1)
    }
    const own = answers[0]?.kind === 'heads' ? answers[0].epochs : []
    const done = new Set(own.flatMap(({ epoch, decided }) => (decided ? [epoch] : [])))
    const open = [...begun].filter((epoch) => epoch < until && !done.has(epoch))
    for (const [index, epoch] of open.sort((a, b) => a - b).entries()) {
      if (index === MAX_SETTLED) return epoch
      const begun = this.#ports.rows.slot(group, epoch)?.value
      const outcome = await decide(this.#ports, group, epoch, electorateOf(viewOf(row)), begun)
      if (outcome.kind === 'decided') await this.#keep(group, row, epoch, outcome.value)
      else if (outcome.kind !== 'nothing') {
        await this.#follow(group, row, outcome)
        return undefined
      }
    }
    return until
  }

  #page(group: string, from: number, limit: number, until: number): ReadPage {
    const entries: { epoch: number; entry: Uint8Array }[] = []
    let bytes = 0
    for (const { epoch, value, decided } of this.#ports.rows.slots(group, from, limit + 1)) {
      bytes += value?.length ?? 0
      const isFull = entries.length === limit || (entries.length > 0 && bytes > MAX_PAGE_BYTES)
      // What was begun since is not decided yet: what lies behind it comes with the next read, so that nobody misses it.
      if (epoch >= until || isFull || !decided || !value) return { kind: 'page', entries, more: true }
      entries.push({ epoch, entry: value })
    }
    return { kind: 'page', entries, more: until !== Infinity }
  }
}

function isMember(row: LogRow, self: string): boolean {
  return row.number > 0 && row.members.includes(self)
}

/** One at a time for each group: whoever comes meanwhile shares the result. */
function once<T>(running: Map<string, Promise<T>>, group: string, work: () => Promise<T>): Promise<T> {
  const known = running.get(group)
  if (known) return known
  const started = work().finally(() => running.delete(group))
  running.set(group, started)
  return started
}

/** A member's refusal says more than that there was no majority. */
function asOffline(error: unknown): ParleyError {
  const isRefusal = error instanceof ParleyError && ['too_large', 'storage_full'].includes(error.code)
  return isRefusal ? error : offline(error)
}

function unsettled(): ParleyError {
  return new ParleyError('offline', 'The nodes that keep this log are changing.', { retryAfter: 1_000 })
}
