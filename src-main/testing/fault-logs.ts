import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { equal, fromHex, systemRandom, toHex } from '../base/index.ts'
import type { FaultNet } from './fault-net.ts'
import type { FaultClient } from './fault-traffic.ts'

const WRITERS = 4
const AGAIN_MS = 200
const ENTRY_BYTES = 120
/** More than a run's epochs. */
const ALL = 4_096
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

interface Group {
  id: Uint8Array
  writers: FaultClient[]
  /** What anybody was told, by epoch, in hex. */
  told: Map<number, string>
}

export interface LogsReport {
  /** Epochs whose winner somebody was told. */
  epochs: number
  /** Of them, appends that were answered `won`. */
  won: number
  /** Contradictions: between answers, a reader, or a replica, in words. */
  mismatches: string[]
  /** The longest that an append waited for its answer, ms. */
  waitedMs: number
}

/** Clients that append to common logs, several to each at once; in the end all copies are compared with what they were told. */
export class FaultLogs {
  readonly #net: FaultNet
  readonly #groups: Group[]
  readonly #mismatches = new Set<string>()
  #writing = true
  #alive = true
  #loops: Promise<void>[] = []
  #won = 0
  #waitedMs = 0

  constructor(net: FaultNet, clients: readonly FaultClient[], groups: number) {
    this.#net = net
    this.#groups = Array.from({ length: groups }, (_, index) => ({
      id: systemRandom.bytes(32),
      // From the other end than those that come and go.
      writers: Array.from({ length: WRITERS }, (_, step) =>
        clients.at(-1 - ((index * WRITERS + step) % clients.length)),
      ).filter((client) => client !== undefined),
      told: new Map(),
    }))
  }

  start(pauseMs: number): void {
    this.#loops = this.#groups.flatMap((group) => group.writers.map((writer) => this.#append(group, writer, pauseMs)))
    // Thrown by `settle`; until then nobody waits for it.
    for (const loop of this.#loops) loop.catch(() => {})
  }

  /** Begins no new append; resolves when all copies are as told, or after `ms` with what differs noted. */
  async settle(ms: number): Promise<void> {
    this.#writing = false
    const until = performance.now() + ms
    const written = Promise.all(this.#loops)
    const ended = await Promise.race([written.then(() => true), later(ms).then(() => false)])
    if (!ended) this.#mismatches.add('an append was not answered in the end')
    this.#alive = false
    await written
    for (const group of this.#groups) {
      let differs = ['not compared']
      while (differs.length > 0) {
        differs = await this.#compare(group)
        if (performance.now() > until) break
        if (differs.length > 0) await later(500)
      }
      for (const each of differs) this.#mismatches.add(each)
    }
  }

  stop(): void {
    this.#writing = this.#alive = false
  }

  report(): LogsReport {
    const epochs = this.#groups.reduce((sum, { told }) => sum + told.size, 0)
    return { epochs, won: this.#won, mismatches: [...this.#mismatches], waitedMs: this.#waitedMs }
  }

  async #append(group: Group, writer: FaultClient, pauseMs: number): Promise<void> {
    for (let epoch = 0; this.#writing && epoch < ALL; epoch++) {
      await later(pauseMs * (0.5 + Math.random()))
      if (!this.#writing) return
      const entry = systemRandom.bytes(ENTRY_BYTES)
      const began = performance.now()
      while (this.#alive) {
        const result = await writer.overlay.appendLog(group.id, epoch, entry).catch(() => undefined)
        if (result) {
          if (result.won) this.#won++
          this.#tell(group, epoch, toHex(result.won ? entry : result.entry))
          this.#waitedMs = Math.max(this.#waitedMs, performance.now() - began)
          break
        }
        await later(AGAIN_MS)
      }
    }
  }

  #tell(group: Group, epoch: number, entry: string): void {
    const before = group.told.get(epoch)
    if (before !== undefined && before !== entry)
      this.#mismatches.add(`log ${nameOf(group)}: two winners of epoch ${epoch} were told`)
    group.told.set(epoch, before ?? entry)
  }

  /** What differs from what was told, at a reader and at each member. */
  async #compare(group: Group): Promise<string[]> {
    const reader = group.writers[0]
    if (!reader || group.told.size === 0) return [`log ${nameOf(group)}: nobody could write to it`]
    const read = await reader.overlay.readLog(group.id, 0, ALL).catch(() => [])
    const told = new Map([...group.told].map(([epoch, entry]) => [epoch, fromHex(entry)]))
    const differs = difference(group, 'a reader', told, new Map(read.map(({ epoch, entry }) => [epoch, entry])))
    const copies = this.#net.nodes.flatMap(({ folder, nodeId, index }) => {
      const copy = copyOf(folder, `0x${toHex(group.id)}`)
      return copy ? [{ ...copy, nodeId, name: `node ${index}` }] : []
    })
    const view = Math.max(0, ...copies.map(({ view }) => view))
    const members = copies.find((copy) => copy.view === view)?.members ?? []
    // Who was told nothing may have won: so each copy is held against the others too, not only against what was told.
    const all = new Map(copies.filter((copy) => copy.view === view).flatMap(({ entries }) => [...entries]))
    for (const [epoch, entry] of told) all.set(epoch, entry)
    for (const member of members) {
      const copy = copies.find(({ nodeId }) => nodeId === member)
      if (!copy || copy.view !== view)
        differs.push(`log ${nameOf(group)}: ${copy?.name ?? member} is not in view ${view}`)
      else differs.push(...difference(group, copy.name, all, copy.entries))
    }
    return members.length > 0 ? differs : [...differs, `log ${nameOf(group)}: nobody keeps it`]
  }
}

function difference(
  group: Group,
  where: string,
  wanted: ReadonlyMap<number, Uint8Array>,
  found: ReadonlyMap<number, Uint8Array>,
): string[] {
  const differs: string[] = []
  for (const [epoch, entry] of wanted) {
    const here = found.get(epoch)
    if (!here) differs.push(`log ${nameOf(group)}: ${where} has no epoch ${epoch}`)
    else if (!equal(here, entry)) differs.push(`log ${nameOf(group)}: ${where} has another entry at ${epoch}`)
  }
  return differs
}

/** A node's own copy of a log, from its file: what it holds as decided. */
function copyOf(folder: string, group: string) {
  const database = new DatabaseSync(join(folder, 'node.db'), { readOnly: true })
  try {
    const row = database.prepare('SELECT view, members FROM log WHERE id = ? AND view > 0').get(group)
    if (!row) return undefined
    const slots = database
      .prepare('SELECT epoch, value FROM log_slot WHERE log = ? AND epoch >= 0 AND decided = 1')
      .all(group)
    const entries = new Map(slots.map(({ epoch, value }) => [Number(epoch), value as Uint8Array]))
    return { view: Number(row['view']), members: JSON.parse(String(row['members'])) as string[], entries }
  } finally {
    database.close()
  }
}

function nameOf({ id }: Group): string {
  return toHex(id).slice(0, 8)
}
