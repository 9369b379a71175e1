import { answerTo } from '../core/forgetting.ts'
import { takeStep } from '../core/step.ts'
import { LogMember } from '../core/member.ts'
import type { Ports } from '../core/ports.ts'
import { tend } from '../core/tending.ts'
import { truncate } from '../core/truncating.ts'
import type { Answer, Step } from '../core/types.ts'
import { MemoryTables } from './memory.ts'

/** Random numbers from a seed (mulberry32), so that a schedule that fails can be run again. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** What goes wrong in a schedule, each as a probability. */
export interface Faults {
  loss: number
  duplicate: number
  /** Longest delay of a message; the shortest is 1. */
  delay: number
}

/** Breaks the protocol on purpose: what a step answers, or whether it is carried out. */
export type Sabotage = (take: () => Answer, step: Step, tables: MemoryTables, group: string) => Answer

const ASK_TIME = 60
export const GROUP = `0x${'67'.repeat(32)}`

/** As long as an answer of an earlier life can be waited for. */
const REST_TIME = 4 * ASK_TIME

interface SimNode {
  key: string
  tables: MemoryTables
  alive: boolean
  /** Counts its starts: what an earlier life still waits for never comes. */
  life: number
  since: number
  /** How far its clock is ahead. */
  ahead: number
  member: LogMember
  ports: Ports
}

/** Nodes with disks, a network that loses, repeats and reorders, and a time that only the schedule moves. */
export class Model {
  readonly nodes: SimNode[] = []
  readonly faults: Faults
  readonly random: () => number
  homes: string[] = []
  witnesses: string[][] = []
  /** Nodes of the same side reach each other. */
  sides = new Map<string, number>()
  /** By their time; of the same time in the order in which they were made. */
  readonly #events: { at: number; run: () => void }[] = []
  readonly #sabotage: Sabotage
  #now = 0

  constructor(count: number, random: () => number, faults: Faults, sabotage: Sabotage = (take) => take()) {
    this.random = random
    this.faults = faults
    this.#sabotage = sabotage
    for (let index = 0; index < count; index++) {
      const key = index.toString(16).padStart(64, '0')
      const node = { key, tables: new MemoryTables(), alive: true, life: 0, since: -Infinity, ahead: 0 } as SimNode
      this.nodes.push(node)
      this.#begin(node)
    }
  }

  node(key: string): SimNode {
    const node = this.nodes.find((one) => one.key === key)
    if (!node) throw new Error('no such node')
    return node
  }

  crash(node: SimNode): void {
    node.alive = false
    node.life++
  }

  /** Its disk is lost with it. */
  forget(node: SimNode): void {
    this.crash(node)
    node.tables = new MemoryTables()
    node.tables.forgetful = true
  }

  restart(node: SimNode): void {
    if (node.alive) return
    node.alive = true
    node.since = this.#now
    this.#begin(node)
  }

  /** One round of the node's own background work. */
  async tend(node: SimNode): Promise<void> {
    if (node.alive) await tend(node.ports, node.member, GROUP, () => false).catch(() => {})
  }

  /** The node thinks that nobody writes to the log any more. */
  async truncate(node: SimNode): Promise<void> {
    if (node.alive) await truncate(node.ports, node.member, GROUP).catch(() => {})
  }

  /** Runs until nothing is due any more or the time is over. */
  async run(time: number): Promise<void> {
    const until = this.#now + time
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve))
      const event = this.#events[0]
      if (!event || event.at > until) {
        this.#now = until
        return
      }
      this.#events.shift()
      this.#now = event.at
      event.run()
    }
  }

  after(delay: number, run: () => void): void {
    const at = this.#now + delay
    const later = this.#events.findLastIndex((event) => event.at <= at) + 1
    this.#events.splice(later, 0, { at, run })
  }

  #begin(node: SimNode): void {
    const { life } = node
    node.ports = {
      self: node.key,
      rows: node.tables,
      local: (group, step, from = node.key) =>
        new Promise((resolve, reject) => {
          this.after(1, () => {
            // A crash on either side of the write to disk.
            if (!node.alive || node.life !== life) return
            try {
              const answer = this.#take(node, group, step, from)
              this.after(1, () => node.life === life && resolve(answer))
            } catch (error) {
              reject(error as Error)
            }
          })
        }),
      ask: (to, group, ask) =>
        new Promise((resolve, reject) => {
          this.after(ASK_TIME, () => reject(new Error('no answer')))
          this.#send(node.key, to, () => {
            const target = this.node(to)
            if (!target.alive) return
            answerTo(target.ports, target.member, group, ask, node.key).then(
              (answer) => this.#send(to, node.key, () => node.life === life && resolve(answer)),
              (error: unknown) => this.#send(to, node.key, () => reject(error as Error)),
            )
          })
        }),
      homes: () => this.homes,
      rested: () => this.#now - node.since >= REST_TIME,
      witnesses: () => this.witnesses,
      pause: (attempt) =>
        new Promise((resolve) => this.after(1 + this.random() * Math.min(400, 8 * 2 ** attempt), () => resolve())),
    }
    node.member = new LogMember(node.ports)
  }

  #take(node: SimNode, group: string, step: Step, from: string): Answer {
    const given = { group, self: node.key, from, now: this.#now + node.ahead, step }
    return this.#sabotage(() => takeStep(node.tables, given), step, node.tables, group)
  }

  #send(from: string, to: string, arrive: () => void): void {
    const copies = this.random() < this.faults.duplicate ? 2 : 1
    for (let copy = 0; copy < copies; copy++) {
      if (this.random() < this.faults.loss) continue
      const delay = 1 + this.random() * this.faults.delay
      this.after(delay, () => (this.sides.get(from) ?? 0) === (this.sides.get(to) ?? 0) && arrive())
    }
  }
}
