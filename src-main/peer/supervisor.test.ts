import { spawn } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type Clock, silentLog, systemRandom } from '../base/index.ts'
import { DEATHS_WINDOW_MS, HEARTBEAT_MS, MAX_DEATHS, MAX_MISSED_BEATS, STOP_MS } from './constants.ts'
import { Supervisor } from './supervisor.ts'
import type { PeerProcess } from './types.ts'

/** Time that passes only when told. */
class ManualClock implements Clock {
  #now = 1_000_000
  #tasks = new Map<() => void, number>()

  now(): number {
    return this.#now
  }

  steady(): number {
    return this.#now
  }

  after(ms: number, task: () => void): () => void {
    const entry = () => task()
    this.#tasks.set(entry, this.#now + ms)
    return () => this.#tasks.delete(entry)
  }

  advance(ms: number): void {
    const end = this.#now + ms
    for (;;) {
      const next = [...this.#tasks].filter(([, at]) => at <= end).sort((a, b) => a[1] - b[1])[0]
      if (next === undefined) break
      this.#tasks.delete(next[0])
      this.#now = next[1]
      next[0]()
    }
    this.#now = end
  }
}

/** A process whose death, silence and chatter the test decides. */
class ScriptedProcess implements PeerProcess {
  readonly pid = undefined
  readonly posted: unknown[] = []
  killed = false
  #message = (_: unknown) => {}
  #exits: ((code: number | null) => void)[] = []

  post(message: unknown): void {
    this.posted.push(message)
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#message = listener
  }

  onExit(listener: (code: number | null) => void): void {
    this.#exits.push(listener)
  }

  kill(): void {
    this.killed = true
    this.die()
  }

  say(message: unknown): void {
    this.#message(message)
  }

  die(): void {
    for (const listener of this.#exits.splice(0)) listener(1)
  }
}

function supervised() {
  const clock = new ManualClock()
  const started: ScriptedProcess[] = []
  const told: string[] = []
  const supervisor = new Supervisor({
    spawn: () => {
      started.push(new ScriptedProcess())
      return started.at(-1) as ScriptedProcess
    },
    clock,
    random: systemRandom,
    log: silentLog,
    ready: () => told.push('ready'),
    down: () => told.push('down'),
    report: (report) => told.push(report.type),
  })
  supervisor.start()
  return { clock, started, told, supervisor }
}

test('after five deaths in a minute it waits for a minute, then tries again', () => {
  const { clock, started } = supervised()
  for (let death = 1; death < MAX_DEATHS; death++) {
    started.at(-1)?.die()
    clock.advance(5_000)
    expect(started.length).toBe(death + 1)
  }
  started.at(-1)?.die()
  clock.advance(DEATHS_WINDOW_MS - 1)
  expect(started.length).toBe(MAX_DEATHS)
  clock.advance(1)
  expect(started.length).toBe(MAX_DEATHS + 1)
})

test('silence for five beats kills a process; any word keeps it', () => {
  const { clock, started, told } = supervised()
  started[0]?.say({ type: 'beat' })
  for (let beat = 0; beat < 20; beat++) {
    clock.advance(HEARTBEAT_MS)
    started[0]?.say({ type: 'beat' })
  }
  expect(started[0]?.killed).toBe(false)
  clock.advance((MAX_MISSED_BEATS + 1) * HEARTBEAT_MS)
  expect(started[0]?.killed).toBe(true)
  expect(told).toEqual(['ready', 'down'])
})

test('unreadable reports are dropped', () => {
  const { started, told } = supervised()
  const bad = [null, 1, 'x', {}, { type: 'open' }, { type: 'message', connection: 1, channel: 'file', bytes: 'x' }]
  for (const message of bad) started[0]?.say(message)
  expect(told).toEqual([])
})

test('a process that does not stop when asked is killed', async () => {
  const { clock, started, supervisor } = supervised()
  const stopped = supervisor.stop()
  expect(started[0]?.posted).toEqual([{ type: 'stop' }])
  clock.advance(STOP_MS)
  await stopped
  expect(started[0]?.killed).toBe(true)
  clock.advance(DEATHS_WINDOW_MS)
  expect(started.length).toBe(1)
})

test('the peer process ends when its parent is killed', async () => {
  const script = `
    const { spawnChildProcess } = await import(${JSON.stringify(new URL('./spawn.ts', import.meta.url).href)})
    const child = spawnChildProcess()()
    child.onMessage(() => console.log(child.pid))`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'ignore'] })
  const pid = await new Promise<number>((resolve) => parent.stdout.once('data', (data) => resolve(Number(data))))
  parent.kill('SIGKILL')
  for (let tries = 0; tries < 50 && isAlive(pid); tries++) await wait(100)
  expect(isAlive(pid)).toBe(false)
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
