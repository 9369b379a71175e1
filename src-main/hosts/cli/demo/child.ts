import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import * as v from 'valibot'
import { ParleyError } from '../../../contract/index.ts'
import { partPath } from '../../runtime/index.ts'

/** A part that takes longer than this on the slowest machine has failed. */
const READY_TIMEOUT_MS = 60_000
/** An app stops within 5 s; then it is ended. */
const STOP_TIMEOUT_MS = 8000
/** A part that dies again and again will not come to life by starting it once more. */
const MAX_RESTARTS = 5

const readySchema = v.looseObject({ ready: v.literal(true) })
export type Ready = v.InferOutput<typeof readySchema>

export interface ChildOptions {
  name: string
  /** Arguments for `parley`; for a restart those that keep its addresses. */
  args: (before: Ready | undefined) => string[]
  env: NodeJS.ProcessEnv
  onReady?: (ready: Ready, restarted: boolean) => void
  onLost: (name: string) => void
  /** Lines that it logs. */
  onLine: (name: string, line: string) => void
}

/** One `parley` process of the demo, started again when it dies. */
export class Child {
  readonly #options: ChildOptions
  #process: ChildProcess | undefined
  #ready: Ready | undefined
  #restarts = 0
  #stopping = false

  constructor(options: ChildOptions) {
    this.#options = options
  }

  /** A field of the last ready line. */
  field(name: string): string {
    return String(this.#ready?.[name] ?? '')
  }

  async start(): Promise<this> {
    const { name, args, env } = this.#options
    const child = spawn(process.execPath, [partPath('cli'), ...args(this.#ready)], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#process = child
    createInterface(child.stderr).on('line', (line) => this.#options.onLine(name, line))
    this.#ready = await readyLine(name, child)
    child.once('exit', () => this.#onExit())
    if (child.exitCode !== null || child.signalCode !== null) this.#onExit()
    return this
  }

  /** Ends the process without warning; it is started again. */
  kill(): void {
    this.#process?.kill('SIGKILL')
  }

  async stop(): Promise<void> {
    this.#stopping = true
    const child = this.#process
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exited = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
    await exited
    clearTimeout(timer)
  }

  #onExit(): void {
    if (this.#stopping) return
    if (++this.#restarts > MAX_RESTARTS) return this.#options.onLost(this.#options.name)
    this.start().then(
      () => this.#ready && this.#options.onReady?.(this.#ready, true),
      () => !this.#stopping && this.#options.onLost(this.#options.name),
    )
  }
}

function readyLine(name: string, child: ChildProcess): Promise<Ready> {
  return new Promise((resolve, reject) => {
    let last = ''
    if (child.stderr) createInterface(child.stderr).on('line', (line) => (last = line.trim() || last))
    const fail = (why: string) => {
      clearTimeout(timer)
      child.kill('SIGKILL')
      reject(new ParleyError('internal', `${name} ${why}${last ? ` It said: ${last}` : ''}`))
    }
    const timer = setTimeout(() => fail('did not become ready in time.'), READY_TIMEOUT_MS)
    const onExit = (code: number | null) => fail(`ended before it was ready (${code ?? 'killed'}).`)
    child.once('exit', onExit)
    child.once('error', (error) => fail(`could not be started: ${error.message}`))
    if (!child.stdout) return fail('has no output.')
    createInterface(child.stdout).on('line', (line) => {
      const ready = parseReady(line)
      if (!ready) return
      clearTimeout(timer)
      child.off('exit', onExit)
      resolve(ready)
    })
  })
}

function parseReady(line: string): Ready | undefined {
  try {
    const parsed = v.safeParse(readySchema, JSON.parse(line))
    return parsed.success ? parsed.output : undefined
  } catch {
    return undefined
  }
}
