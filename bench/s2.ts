import { type ChildProcess, fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Figure, median } from './figures.ts'
import type { Order } from './s2/clients.ts'

const IDLE_CLIENTS = 5_000
/** So many that none of them comes to the thousand frames a second that the node allows an address. */
const PAIRS = 160
const ROUNDS = 5
const ROUND_MS = 2_000
const LOOKUP_CLIENTS = 48
/**
 * Envelope bytes, and envelopes on their way for each pair: enough to keep the server busy at either size, and one at a time, where
 * there is nothing to bundle.
 */
const LOADS = [
  { name: '100 bytes', size: 100, window: 16 },
  { name: '100 bytes, one at a time', size: 100, window: 1 },
  { name: '16 KiB', size: 16 * 1024, window: 4 },
] as const
const MEMORY_POLL_MS = 100
/** As docs/operators.md says to run a node, in MiB: by itself V8 grows its nursery to ten times that and keeps it. */
const SMALL_NURSERY = '--max-semi-space-size=2'
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/**
 * What one S2 node carries, beside what `ws` over TLS carries by itself: memory of idle clients, relayed envelopes, presence lookups
 * and a reconnect of everybody at once. Server and clients are processes of their own; the rounds of the two servers take turns.
 */
export default async function s2(): Promise<Figure[]> {
  process.stderr.write(
    `${cpus().length} processors, load before: ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}\n`,
  )
  const folder = await mkdtemp(join(tmpdir(), 'parley-bench-s2-'))
  const processes: Child[] = []
  const start = async (file: string, ...args: string[]) => {
    const child = await Child.start(file, args)
    processes.push(child)
    return child
  }
  try {
    const only = process.env['PARLEY_BENCH_PART']
    const figures: Figure[] = []
    if (only !== 'speed') figures.push(...(await crowd(start, join(folder, 'idle'))))
    if (only !== 'crowd') figures.push(...(await speed(start, join(folder, 'busy'))))
    process.stderr.write(
      `load after: ${loadavg()
        .map((load) => load.toFixed(1))
        .join(' ')}\n`,
    )
    return figures
  } finally {
    for (const child of processes) child.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

type Start = (file: string, ...args: string[]) => Promise<Child>

/** Memory of idle clients, and the reconnect of all of them. */
async function crowd(start: Start, folder: string): Promise<Figure[]> {
  const bare = await idle(start, await start('servers', 'bare'), true)
  const node = await start('servers', 'node', folder)
  const { each, clients, before } = await idle(start, node, false)
  await clients.ask({ do: 'announce' })
  const announced = await node.resident()
  let peak = announced
  const watch = setInterval(() => (peak = Math.max(peak, residentOf(node.pid))), MEMORY_POLL_MS)
  const { seconds = 0, tries = 0 } = await clients.ask({ do: 'storm', port: node.port })
  await later(1_000)
  clearInterval(watch)
  for (const child of [bare.clients, clients, node]) child.stop()
  return [
    { name: 'idle clients', value: IDLE_CLIENTS, unit: 'count' },
    { name: 'bare: resident per idle client', value: bare.each, unit: 'KB' },
    { name: 'ours: resident per idle client', value: each, unit: 'KB', goal: '<= 14.5' },
    { name: 'ours: the same with its presence', value: (announced - before) / IDLE_CLIENTS / 1000, unit: 'KB' },
    { name: 'node without clients', value: before / 1e6, unit: 'MB' },
    { name: 'node with all idle', value: announced / 1e6, unit: 'MB' },
    { name: 'all cut off at once: back after', value: seconds, unit: 's', goal: '<= 60' },
    { name: 'the same: dials for each client', value: tries / IDLE_CLIENTS, unit: 'ratio' },
    { name: 'the same: peak memory / idle memory', value: peak / announced, unit: 'ratio', goal: '<= 2' },
  ]
}

async function idle(start: Start, server: Child, bare: boolean) {
  const clients = await start('clients')
  const before = await server.resident()
  await clients.ask({ do: 'open', port: server.port, count: IDLE_CLIENTS, bare })
  await later(3_000)
  const each = ((await server.resident()) - before) / IDLE_CLIENTS / 1000
  if (bare) server.stop()
  return { each, clients, before }
}

interface Rate {
  perSecond: number
  /** Of the server alone, a second of processor time. */
  perCpuSecond: number
}

async function speed(start: Start, folder: string): Promise<Figure[]> {
  const sides = {
    bare: { server: await start('servers', 'bare'), clients: await start('clients') },
    ours: { server: await start('servers', 'node', folder), clients: await start('clients') },
  }
  for (const [name, { server, clients }] of Object.entries(sides))
    await clients.ask({ do: 'open', port: server.port, count: 2 * PAIRS, bare: name === 'bare' })
  await sides.ours.clients.ask({ do: 'allow', pairs: PAIRS })
  await sides.ours.clients.ask({ do: 'announce' })
  const figures: Figure[] = []
  for (const { name: load, size, window } of LOADS) {
    const rates = { bare: [] as Rate[], ours: [] as Rate[] }
    for (let round = 0; round < ROUNDS; round++)
      for (const name of ['bare', 'ours'] as const)
        rates[name].push(await relayed(sides[name], size, window, name === 'bare'))
    figures.push(...relayFigures(load, size, rates.bare, rates.ours))
  }
  const lookups = await sides.ours.clients.ask({ do: 'lookup', clients: LOOKUP_CLIENTS, ms: ROUNDS * ROUND_MS })
  for (const { server, clients } of Object.values(sides)) for (const child of [server, clients]) child.stop()
  const { done = 0, seconds = 1, p50 = 0, p99 = 0 } = lookups
  return [
    ...figures,
    { name: 'presence lookups', value: done / seconds, unit: '1/s', goal: '>= 20000' },
    { name: 'presence lookup, p50', value: p50, unit: 'ms' },
    { name: 'presence lookup, p99', value: p99, unit: 'ms', goal: '<= 5' },
  ]
}

async function relayed(
  side: { server: Child; clients: Child },
  size: number,
  window: number,
  bare: boolean,
): Promise<Rate> {
  const before = await side.server.processorSeconds()
  const order = { do: 'relay', pairs: PAIRS, size, window, ms: ROUND_MS, bare } as const
  const { done = 0, seconds = 1 } = await side.clients.ask(order)
  const cpu = (await side.server.processorSeconds()) - before
  return { perSecond: done / seconds, perCpuSecond: done / cpu }
}

function relayFigures(name: string, size: number, bare: Rate[], ours: Rate[]): Figure[] {
  const isSmall = size === 100
  const scale = isSmall ? 1 : size / 1e6
  const unit = isSmall ? '1/s' : 'MB/s'
  const middle = (rates: Rate[], key: keyof Rate) => median(rates.map((rate) => rate[key]))
  const ratio = (key: keyof Rate) => middle(ours, key) / middle(bare, key)
  return [
    { name: `bare: relayed, ${name}`, value: middle(bare, 'perSecond') * scale, unit },
    { name: `ours: relayed and accepted, ${name}`, value: middle(ours, 'perSecond') * scale, unit },
    { name: `ours / bare, ${name}`, value: ratio('perSecond'), unit: 'ratio', goal: '>= 0.7' },
    { name: `the same by processor time of the server`, value: ratio('perCpuSecond'), unit: 'ratio' },
  ]
}

type Answer = Partial<Record<'done' | 'seconds' | 'tries' | 'p50' | 'p99' | 'port', number>> & { error?: string }

class Child {
  readonly #child: ChildProcess
  port = 0

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  static async start(file: string, args: string[]): Promise<Child> {
    const options = {
      execArgv: ['--expose-gc', SMALL_NURSERY, ...nodeFlags()],
      env: { ...process.env, NODE_NO_WARNINGS: '1' },
    }
    const child = new Child(fork(new URL(`./s2/${file}.ts`, import.meta.url), args, options))
    child.port = (await child.#next()).port ?? 0
    return child
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  ask(order: Order | 'collect' | 'cpu'): Promise<Answer> {
    const answer = this.#next()
    this.#child.send(order)
    return answer
  }

  /** Bytes, after a collection. */
  async resident(): Promise<number> {
    await this.ask('collect')
    return residentOf(this.pid)
  }

  async processorSeconds(): Promise<number> {
    const { user, system } = ((await this.ask('cpu')) as { cpu: NodeJS.CpuUsage }).cpu
    return (user + system) / 1e6
  }

  stop(): void {
    if (this.#child.connected) this.#child.disconnect()
  }

  #next(): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const gone = () => reject(new Error('a process of the measurement ended'))
      this.#child.once('exit', gone)
      this.#child.once('message', (answer: Answer) => {
        this.#child.off('exit', gone)
        if (answer.error === undefined) resolve(answer)
        else reject(new Error(answer.error))
      })
    })
  }
}

/** What an operator would give Node, to see what it is worth. */
function nodeFlags(): string[] {
  return process.env['PARLEY_BENCH_NODE_FLAGS']?.split(' ').filter(Boolean) ?? []
}

function residentOf(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kib) * 1024
}
