import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

const READY_MS = 30_000
const STOP_MS = 10_000
const MOST_LOG_LINES = 200

/** One `parley COMMAND` as a process of its own, for tests that kill it. */
export class Process {
  readonly command: string
  readonly #args: string[]
  readonly #env: NodeJS.ProcessEnv
  readonly #prefix: readonly string[]
  readonly #log: string[] = []
  #child: ChildProcess | undefined
  ready: Record<string, string> = {}

  /** `prefix` stands in front of the command line: what runs it in a network namespace. */
  constructor(command: string, args: string[], env: NodeJS.ProcessEnv = {}, prefix: readonly string[] = []) {
    this.#prefix = prefix
    this.command = command
    this.#args = args
    this.#env = env
  }

  /** The same arguments with a fixed port, so that it comes back where others know it. */
  argsAt(port: string): string[] {
    return this.#args.map((arg, index) => {
      const before = this.#args[index - 1]
      if (before === '--port') return port
      return before === '--listen' ? `127.0.0.1:${port}` : arg
    })
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** The last lines that it wrote to standard error, for a failing test. */
  get log(): string {
    return this.#log.join('\n')
  }

  async start(args: string[] = this.#args): Promise<this> {
    const entry = new URL('../hosts/cli/main.ts', import.meta.url).pathname
    const env = { ...process.env, ...this.#env }
    const line = [...this.#prefix, process.execPath, entry, this.command, ...args]
    const child = spawn(line[0] ?? '', line.slice(1), { env, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    createInterface(child.stderr).on('line', (line) => {
      this.#log.push(line)
      if (this.#log.length > MOST_LOG_LINES) this.#log.shift()
    })
    this.ready = await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${this.command} was not ready in time\n${this.log}`)), READY_MS)
      child.once('exit', (code) => reject(new Error(`${this.command} ended with ${code}\n${this.log}`)))
      createInterface(child.stdout).on('line', (line) => {
        if (!line.startsWith('{"ready":true')) return
        clearTimeout(timer)
        resolve(JSON.parse(line) as Record<string, string>)
      })
    })
    return this
  }

  /** As the power going out: nothing of it gets to say anything. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Asks it to end and answers its exit code. */
  stop(): Promise<number | null> {
    return this.#end('SIGTERM')
  }

  #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child?.exitCode ?? null)
    return new Promise((resolve) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
      child.once('exit', (code) => {
        clearTimeout(timer)
        resolve(code)
      })
      child.kill(signal)
    })
  }
}
