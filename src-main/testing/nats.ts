import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const READY_MS = 10_000
const STOP_MS = 5_000
const PASSWORD = 'test'
/** What operators copy. */
const CONFIG = new URL('../../resources/nats/nats-server.conf', import.meta.url)

/** Whether `nats-server` can be run here (build/setup-debian.sh installs it). */
export const hasNats = spawnSync('nats-server', ['--version']).status === 0

export interface TestNats {
  /** `nats://user:password@127.0.0.1:port` of each server. */
  urls: string[]
  /** As the power going out. */
  kill(index: number): Promise<void>
  /** Starts one that was killed, with what it had on disk, or one that was held back. */
  revive(index: number): Promise<void>
  stop(): Promise<void>
}

/** What differs from a server as it should be. */
export interface NatsFaults {
  /** Without it the servers keep nothing. */
  jetstream?: false
  /** Bytes that a server may keep, as its configuration says it; 64G unless told. */
  maxFile?: string
}

/** A NATS cluster with JetStream on loopback, every server a process of its own with its own folder; `first` of them start now. */
export async function startNats(count: number, first = count, faults: NatsFaults = {}): Promise<TestNats> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-nats-'))
  const free = await freePorts(2 * count)
  const ports = Array.from({ length: count }, (_, index) => ({
    client: free[2 * index] ?? 0,
    cluster: free[2 * index + 1] ?? 0,
  }))
  const children: (ChildProcess | undefined)[] = []
  const start = async (index: number) => {
    const file = join(folder, `${index}.conf`)
    await writeFile(file, config({ index, ports, folder, faults }))
    const child = spawn('nats-server', ['-c', file], { stdio: 'ignore' })
    children[index] = child
    await reachable(ports[index]?.client ?? 0, child)
  }
  const end = async (index: number, signal: NodeJS.Signals) => {
    const child = children[index]
    children[index] = undefined
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    await new Promise((resolve) => {
      child.once('exit', resolve)
      child.kill(signal)
    })
    clearTimeout(timer)
  }
  const stop = async () => {
    await Promise.all(children.map((_, index) => end(index, 'SIGKILL')))
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await Promise.all(Array.from({ length: first }, (_, index) => start(index)))
  } catch (error) {
    await stop()
    throw error
  }
  const urls = ports.map(({ client }) => `nats://parley:${PASSWORD}@127.0.0.1:${client}`)
  return { urls, kill: (index) => end(index, 'SIGKILL'), revive: start, stop }
}

interface ServerPlace {
  index: number
  /** Of every server: where nodes link, and where the other servers do. */
  ports: { client: number; cluster: number }[]
  folder: string
  faults: NatsFaults
}

/** The file that operators are given, with what they are to set: a test of it as well. Throws where a value to set is not there. */
function config({ index, ports, folder, faults }: ServerPlace): string {
  const { jetstream = true, maxFile = '64G' } = faults
  const swaps: [string | RegExp, string][] = [
    ['server_name: nats-1', `server_name: s${index}`],
    ['"/var/lib/nats"', `"${join(folder, String(index))}"`],
    ['max_file: 4GB', `max_file: ${maxFile}`],
    ['SET-NODES-PASSWORD', PASSWORD],
    // What other servers are told to dial: as many as there are here.
    [/(routes: \[)[^\]]*\]/, `$1 ${ports.map(({ cluster }) => `"nats://route:test@127.0.0.1:${cluster}"`).join()} ]`],
    ['SET-ROUTES-PASSWORD', 'test'],
    ['10.0.0.1:4222', `127.0.0.1:${ports[index]?.client}`],
    ['10.0.0.1:6222', `127.0.0.1:${ports[index]?.cluster}`],
  ]
  if (!jetstream) swaps.push([/^jetstream \{[^}]*\}$/m, ''])
  if (ports.length === 1) swaps.push([/^cluster \{[\s\S]*?^\}$/m, ''])
  return swaps.reduce(
    (text, [from, to]) => {
      if (!text.match(from)) throw new Error(`${CONFIG.pathname} has no ${from}`)
      return text.replace(from, to)
    },
    readFileSync(CONFIG, 'utf8'),
  )
}

/** Free now; the servers need to know each other's ports before they start. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) =>
          server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
        ),
    ),
  )
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

async function reachable(port: number, child: ChildProcess): Promise<void> {
  const until = performance.now() + READY_MS
  while (performance.now() < until && child.exitCode === null) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.once('data', () => (socket.destroy(), resolve(true)))
      socket.once('error', () => resolve(false))
    })
    if (open) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error('a NATS server did not start')
}
