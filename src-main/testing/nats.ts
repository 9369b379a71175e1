import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const READY_MS = 10_000
const STOP_MS = 5_000

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
  const ports = await freePorts(2 * count)
  const children: (ChildProcess | undefined)[] = []
  const login = { user: 'parley', pass: 'test' }
  const start = async (index: number) => {
    const [client = 0, cluster = 0] = ports.slice(2 * index)
    const routes = Array.from({ length: count }, (_, other) => `nats://127.0.0.1:${ports[2 * other + 1]}`)
    const file = join(folder, `${index}.conf`)
    await writeFile(file, config({ index, client, cluster, routes: count > 1 ? routes : [], folder, login, faults }))
    const child = spawn('nats-server', ['-c', file], { stdio: 'ignore' })
    children[index] = child
    await reachable(client, child)
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
  const urls = Array.from({ length: count }, (_, index) => `nats://parley:test@127.0.0.1:${ports[2 * index]}`)
  return { urls, kill: (index) => end(index, 'SIGKILL'), revive: start, stop }
}

function config(of: {
  index: number
  client: number
  cluster: number
  routes: string[]
  folder: string
  login: { user: string; pass: string }
  faults: NatsFaults
}): string {
  const { index, client, cluster, routes, folder, login, faults } = of
  const { jetstream = true, maxFile = '64G' } = faults
  const cluster_ = routes.length
    ? `cluster { name: test, listen: "127.0.0.1:${cluster}", routes: [${routes.map((url) => `"${url}"`).join()}] }`
    : ''
  return `
    server_name: s${index}
    listen: "127.0.0.1:${client}"
    ${jetstream ? `jetstream { store_dir: "${join(folder, String(index))}", max_mem: 64M, max_file: ${maxFile} }` : ''}
    authorization { user: ${login.user}, password: ${login.pass} }
    ${cluster_}
  `
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
