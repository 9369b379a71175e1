import { toHex } from '../../../base/index.ts'
import { FORGET_LOG_MS } from '../constants.ts'
import { FOUNDING } from './founding.ts'
import { GROUP, Model, randomFrom, type Sabotage } from './model.ts'

/** The fewer epochs, the more rivals for each. */
const MOST_EPOCHS = 4
const NODES = 7
const HOMES = 3
const STEPS = 30
/** Up to which throw of the dice each of the things of `storm` is done: in one mode nodes fail, in the other logs move. */
const FAULTY = [0.45, 0.5, 0.6, 0.72, 0.78, 0.84, 0.9] as const
const MOVING = [0.5, 0.53, 0.55, 0.6, 0.63, 0.68, 0.8] as const
/** In one of so many schedules, and there with each step so likely, it is half a year later for some. */
const IDLE_SCHEDULES = 3
const IDLE = 0.1

/** What no schedule may show, whatever was lost. */
export const UNSAFE = /two winners|decided twice|misses|differ|lost/

/** What went wrong in a schedule; empty where nothing did. */
export interface Finding {
  seed: number
  what: string
}

/**
 * One random schedule: appends and reads everywhere, while messages are lost, repeated and late, nodes crash and come back,
 * the network falls apart and the map changes. Then everything heals, and everybody must agree.
 */
export async function runSchedule(seed: number, sabotage?: Sabotage): Promise<Finding[]> {
  const schedule = new Schedule(seed, sabotage)
  await schedule.storm()
  await schedule.heal()
  // Where too many votes were lost, nothing may come about any more, but nothing wrong either.
  return schedule.forgets === 'recklessly'
    ? schedule.findings.filter(({ what }) => UNSAFE.test(what))
    : schedule.findings
}

type Forgets = 'never' | 'with care' | 'recklessly'

/** Whether logs are taken for idle in a schedule. */
export function isIdleIn(seed: number): boolean {
  return seed % IDLE_SCHEDULES === 0
}

/** Whether a schedule's one unlucky node loses its disk when it fails: only while the others have the log, or at any time. */
export function forgetsIn(seed: number): Forgets {
  return (['with care', 'recklessly', 'never', 'never'] as const)[Math.floor(seed / 8) % 4] ?? 'never'
}

class Schedule {
  readonly findings: Finding[] = []
  readonly #seed: number
  readonly #random: () => number
  readonly #model: Model
  /** The first answer to anybody about who won an epoch. */
  readonly #winners = new Map<number, string>()
  readonly #epochs: number
  readonly forgets: Forgets
  #values = 0

  constructor(seed: number, sabotage?: Sabotage) {
    this.#seed = seed
    this.#epochs = 1 + (Math.floor(seed / 2) % MOST_EPOCHS)
    this.forgets = forgetsIn(seed)
    this.#random = randomFrom(seed)
    const faults = { loss: this.#random() * 0.25, duplicate: this.#random() * 0.2, delay: 2 + this.#random() * 40 }
    this.#model = new Model(NODES, this.#random, faults, sabotage)
    this.#place([...Array(HOMES).keys()])
  }

  async storm(): Promise<void> {
    const model = this.#model
    for (let step = 0; step < STEPS; step++) {
      const dice = this.#random()
      const node = this.#any()
      const [append, read, crash, restart, part, join, move] = this.#seed % 2 === 0 ? FAULTY : MOVING
      if (dice < append) this.#append(node)
      else if (dice < read) this.#read(node)
      else if (dice < crash) this.#crash(node)
      else if (dice < restart) for (const one of model.nodes) model.restart(one)
      else if (dice < part) this.#part()
      else if (dice < join) model.sides.clear()
      else if (dice < move) this.#move()
      else for (const one of model.nodes) void model.tend(one)
      if (isIdleIn(this.#seed) && this.#random() < IDLE) this.#truncate(node)
      await model.run(1 + this.#random() * 60)
    }
  }

  /** With everybody back and the network whole, every epoch is decided, and all replicas are the same. */
  async heal(): Promise<void> {
    const model = this.#model
    model.faults.loss = model.faults.duplicate = 0
    model.faults.delay = 4
    model.sides.clear()
    for (const node of model.nodes) model.restart(node)
    await model.run(2_000)
    await this.#tendAll()
    for (let epoch = 0; epoch < this.#epochs; epoch++) await this.#mustDecide(epoch)
    // The log may have been founded just now, by what an early founder began.
    await this.#tendAll()
    await this.#mustRead()
  }

  async #tendAll(): Promise<void> {
    for (let round = 0; round < 8; round++) {
      for (const node of this.#model.nodes) void this.#model.tend(node)
      await this.#model.run(600)
    }
  }

  async #mustDecide(epoch: number): Promise<void> {
    const before = this.#winners.get(epoch)
    // Who founded the log just now, or found that it must come back by a new view, has something to do first.
    for (let round = 0; round < 2 && !(await this.#decides(epoch)); round++) {
      if (round === 1) this.#find(`epoch ${epoch} is not decided though everybody answers`)
      await this.#tendAll()
    }
    if (before !== undefined && this.#winners.get(epoch) !== before) this.#find(`epoch ${epoch} was decided twice`)
  }

  /** Every keeper of the log is given an entry; whether one of them could tell the winner. */
  async #decides(epoch: number): Promise<boolean> {
    let isDone = false
    const keepers = new Set(this.#model.homes)
    for (const key of keepers) {
      const task = this.#model.node(key).member.append(GROUP, epoch, this.#value(), FOUNDING)
      task.then(
        (answer) => {
          // As the router does: what an early founder began may have been finished just now.
          if (answer.kind === 'elsewhere') for (const member of answer.members) keepers.add(member)
          if (answer.kind !== 'decided') return
          isDone = true
          this.#note(epoch, answer.value)
        },
        (error: { code?: string }) => {
          if (error.code === 'not_found' && epoch < this.#floor()) isDone = true
        },
      )
      await this.#model.run(1_500)
    }
    return isDone
  }

  async #mustRead(): Promise<void> {
    const seen: string[] = []
    for (const key of this.#model.homes) {
      const task = this.#model.node(key).member.read(GROUP, 0, 100)
      task.then(
        (page) => {
          if (page.kind !== 'page') return
          for (const { epoch, entry } of page.entries) this.#note(epoch, entry)
          seen.push(page.entries.map(({ epoch, entry }) => `${epoch}:${toHex(entry)}`).join())
        },
        () => {},
      )
      await this.#model.run(1_500)
    }
    if (seen.length !== this.#model.homes.length) this.#find('a replica cannot be read')
    if (new Set(seen).size > 1) this.#find('replicas differ')
    const floor = this.#floor()
    const whole = [...this.#winners].filter(([epoch]) => epoch >= floor && epoch < this.#epochs).length
    if (seen[0] !== undefined && (seen[0] ? seen[0].split(',').length : 0) !== whole)
      this.#find('a decided entry is lost')
  }

  #append(node: Model['nodes'][number]): void {
    if (!node.alive) return
    const epoch = Math.floor(this.#random() * this.#epochs)
    node.member.append(GROUP, epoch, this.#value(), FOUNDING).then(
      (answer) => answer.kind === 'decided' && this.#note(epoch, answer.value),
      () => {},
    )
  }

  #read(node: Model['nodes'][number]): void {
    if (!node.alive) return
    const had = new Map(this.#winners)
    node.member.read(GROUP, 0, 100).then(
      (page) => {
        if (page.kind !== 'page') return
        for (const { epoch, entry } of page.entries) this.#note(epoch, entry)
        const last = page.more ? (page.entries.at(-1)?.epoch ?? -1) : Infinity
        const got = new Set(page.entries.map(({ epoch }) => epoch))
        const floor = this.#floor()
        for (const epoch of had.keys())
          if (epoch >= floor && epoch <= last && !got.has(epoch)) this.#find(`a read misses epoch ${epoch}`)
      },
      () => {},
    )
  }

  #note(epoch: number, value: Uint8Array): void {
    const text = toHex(value)
    const first = this.#winners.get(epoch)
    if (first === undefined) this.#winners.set(epoch, text)
    else if (first !== text) this.#find(`epoch ${epoch} has two winners`)
  }

  #find(what: string): void {
    this.findings.push({ seed: this.#seed, what })
  }

  #value(): Uint8Array {
    return Uint8Array.of(++this.#values)
  }

  #any(): Model['nodes'][number] {
    return this.#model.nodes[Math.floor(this.#random() * NODES)] as Model['nodes'][number]
  }

  /** In some schedules it is always the same node that fails: it loses its disk, and is back at once. */
  #crash(node: Model['nodes'][number]): void {
    const unlucky = this.#model.nodes[this.#seed % HOMES] as Model['nodes'][number]
    if (this.forgets === 'never') return this.#model.crash(node)
    if (this.forgets === 'with care' && !this.#isSpare(unlucky)) return this.#model.crash(unlucky)
    this.#model.forget(unlucky)
    this.#model.restart(unlucky)
  }

  /** Whether the other members are in its view: else a majority of the view would be lost, of which nobody comes back. */
  #isSpare({ key, tables }: Model['nodes'][number]): boolean {
    const { number = 0, members = [] } = tables.row(GROUP) ?? {}
    return members.every((member) => {
      const other = member === key ? undefined : this.#model.node(member).tables.row(GROUP)
      return member === key || (other !== undefined && (other.number > number || other.held === number))
    })
  }

  /** What any node takes for given up; only a decision of a majority makes it so. */
  #floor(): number {
    return Math.max(...this.#model.nodes.map(({ tables }) => tables.row(GROUP)?.floor ?? 0))
  }

  /** For most it is so late that the log is idle, and one of them says so. */
  #truncate(node: Model['nodes'][number]): void {
    for (const one of this.#model.nodes) if (this.#random() < 0.9) one.ahead += 2 * FORGET_LOG_MS
    void this.#model.truncate(node)
  }

  #part(): void {
    for (const { key } of this.#model.nodes) this.#model.sides.set(key, this.#random() < 0.4 ? 1 : 0)
  }

  /** Another node is home now in the place of one that was, or another leads. */
  #move(): void {
    const homes = this.#model.homes.map((key) => parseInt(key, 16))
    const away = Math.floor(this.#random() * homes.length)
    const free = [...Array(NODES).keys()].filter((index) => !homes.includes(index))
    homes[away] = free[Math.floor(this.#random() * free.length)] as number
    this.#place(this.#random() < 0.5 ? homes : homes.reverse())
  }

  #place(homes: number[]): void {
    const keys = this.#model.nodes.map(({ key }) => key)
    const near = homes.map((index) => keys[index] as string)
    this.#model.homes = near
    const rest = keys.filter((key) => !near.includes(key))
    // The fewer witnesses, the more each one's memory is worth; but their sets must not differ by more than one node of six.
    if (this.forgets !== 'never') this.#model.witnesses = [keys.slice(0, HOMES)]
    else this.#model.witnesses = [[...near, ...rest].slice(0, 6)]
  }
}
