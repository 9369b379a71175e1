import { backoff, type Clock, type Log, type Random } from '../base/index.ts'
import {
  DEATHS_WINDOW_MS,
  HEARTBEAT_MS,
  MAX_DEATHS,
  MAX_MISSED_BEATS,
  MAX_STARTING_BEATS,
  RESTART_FIRST_MS,
  RESTART_MOST_MS,
  STOP_MS,
} from './constants.ts'
import { type Command, type ConnectionReport, parseReport } from './ipc.ts'
import type { PeerProcess, SpawnPeerProcess } from './types.ts'

export interface SupervisorParts {
  spawn: SpawnPeerProcess
  clock: Clock
  random: Random
  log: Log
  /** A process is there and answers. */
  ready(): void
  /** The process is gone, and every connection with it. */
  down(): void
  report(report: ConnectionReport): void
}

/** Keeps one peer process running: starts it, watches its heartbeat, kills a hung one, restarts a dead one with back-off. */
export class Supervisor {
  readonly #parts: SupervisorParts
  #process: PeerProcess | undefined
  #beating = false
  #silentTicks = 0
  #deaths: number[] = []
  #stopping: (() => void) | undefined
  #running = false
  #cancelTick = () => {}
  #cancelRestart = () => {}

  constructor(parts: SupervisorParts) {
    this.#parts = parts
  }

  get ready(): boolean {
    return this.#beating && this.#stopping === undefined
  }

  /** For tests and figures. */
  get pid(): number | undefined {
    return this.#process?.pid
  }

  start(): void {
    if (this.#running) return
    this.#running = true
    this.#launch()
  }

  /** Resolves when the process has gone; a process that does not go by itself within STOP_MS is killed. */
  async stop(): Promise<void> {
    this.#running = false
    this.#cancelRestart()
    this.#cancelTick()
    const current = this.#process
    if (current === undefined) return
    await new Promise<void>((resolve) => {
      this.#stopping = resolve
      const cancel = this.#parts.clock.after(STOP_MS, () => current.kill())
      current.onExit(() => cancel())
      current.post({ type: 'stop' } satisfies Command)
    })
    this.#stopping = undefined
  }

  /** Dropped where no process runs: `down` has told, or will tell, that its connections are gone. */
  post(command: Command): void {
    if (this.ready) this.#process?.post(command)
  }

  #launch(): void {
    let current: PeerProcess
    try {
      current = this.#parts.spawn()
    } catch (error) {
      this.#parts.log.error({ err: error }, 'the peer process cannot be started')
      return this.#restart()
    }
    this.#process = current
    this.#silentTicks = 0
    current.onMessage((message) => this.#process === current && this.#receive(message))
    current.onExit((code) => this.#process === current && this.#exited(code))
    this.#cancelTick = this.#parts.clock.after(HEARTBEAT_MS, () => this.#tick())
  }

  #receive(message: unknown): void {
    this.#silentTicks = 0
    const report = parseReport(message)
    if (report === undefined) return this.#parts.log.warn({}, 'the peer process sent something unreadable')
    if (report.type === 'log') return this.#parts.log.debug({ line: report.text }, 'native peer library')
    if (report.type !== 'beat') return this.#parts.report(report)
    if (this.#beating) return
    this.#beating = true
    this.#parts.ready()
  }

  /** Counts its own ticks, not time: after the machine slept, a process is not taken for hung. */
  #tick(): void {
    const most = this.#beating ? MAX_MISSED_BEATS : MAX_STARTING_BEATS
    if (++this.#silentTicks > most) {
      this.#parts.log.warn({ pid: this.#process?.pid }, 'the peer process hangs and is killed')
      this.#process?.kill()
      this.#silentTicks = 0
    }
    this.#cancelTick = this.#parts.clock.after(HEARTBEAT_MS, () => this.#tick())
  }

  #exited(code: number | null): void {
    this.#cancelTick()
    this.#process = undefined
    this.#beating = false
    this.#parts.down()
    if (this.#stopping) return this.#stopping()
    this.#parts.log.warn({ code }, 'the peer process ended')
    this.#restart()
  }

  #restart(): void {
    if (!this.#running) return
    const now = this.#parts.clock.steady()
    this.#deaths = [...this.#deaths.filter((at) => at > now - DEATHS_WINDOW_MS), now]
    const count = this.#deaths.length
    const wait =
      count >= MAX_DEATHS ? DEATHS_WINDOW_MS : backoff(count - 1, RESTART_FIRST_MS, RESTART_MOST_MS, this.#parts.random)
    this.#cancelRestart = this.#parts.clock.after(wait, () => this.#launch())
  }
}
