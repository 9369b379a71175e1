import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { DaemonClient } from '../../src-main/hosts/cli/daemon-client.ts'

const READY_MS = 30_000
const STOP_MS = 10_000

/** A running `parley daemon`. */
export interface Daemon {
  pid: number
  /** From the spawn to its ready line, ms. */
  readyMs: number
  client: DaemonClient
  stop(): Promise<void>
}

/** Starts the daemon from `entry` (the bundle or the source) and waits for its ready line. */
export async function startDaemon(entry: string, args: string[], passphrase: string): Promise<Daemon> {
  const started = performance.now()
  const child = spawn(process.execPath, [entry, 'daemon', ...args], {
    env: { ...process.env, PARLEY_PASSPHRASE: passphrase },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  try {
    const { api, token } = await readyLine(child)
    const readyMs = performance.now() - started
    return { pid: child.pid ?? 0, readyMs, client: new DaemonClient(api, token), stop: () => stop(child) }
  } catch (thrown) {
    child.kill('SIGKILL')
    throw thrown
  }
}

/** A bare `node -e 0`, from the spawn to its exit, ms: what no daemon on this machine can be faster than. */
export async function bareNode(): Promise<number> {
  const started = performance.now()
  await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit')
  return performance.now() - started
}

function readyLine(child: ChildProcess): Promise<{ api: string; token: string }> {
  return new Promise((resolve, reject) => {
    if (!child.stdout) throw new Error('no output')
    const timer = setTimeout(() => reject(new Error('the daemon was not ready in time')), READY_MS)
    child.once('exit', (code) => reject(new Error(`the daemon ended with ${code}`)))
    createInterface(child.stdout).on('line', (line) => {
      clearTimeout(timer)
      resolve(JSON.parse(line) as { api: string; token: string })
    })
  })
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  child.kill('SIGTERM')
  await gone
  clearTimeout(timer)
}
