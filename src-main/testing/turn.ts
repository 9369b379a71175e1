import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

/** coturn as Debian installs it. */
const PROGRAM = '/usr/bin/turnserver'
const READY_MS = 5_000
export const TURN_SECRET = 'a secret of the tests'

/** Whether a TURN server can be started here. */
export const hasTurnServer = existsSync(PROGRAM)

export interface TurnServer {
  readonly url: string
  stop(): Promise<void>
}

export interface TurnServerOptions {
  /** Where it listens and relays. */
  address: string
  port: number
  /** What is put in front of its command line, to run it in a network namespace. */
  prefix?: readonly string[]
  configuration?: string
}

/** A real coturn, with the secret of the tests; resolves when it answers. */
export async function startTurnServer({
  address,
  port,
  prefix = [],
  configuration,
}: TurnServerOptions): Promise<TurnServer> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-turn-'))
  const options = [
    ...(configuration === undefined
      ? ['-n', '--no-cli', '--use-auth-secret', '--fingerprint', '--realm=parley', '--allow-loopback-peers']
      : ['-c', configuration]),
    ...[`--listening-ip=${address}`, `--relay-ip=${address}`, `--listening-port=${port}`],
    ...[`--static-auth-secret=${TURN_SECRET}`, '--no-tls', '--no-dtls'],
    ...[
      '--log-file=stdout',
      '--simple-log',
      '--verbose',
      `--pidfile=${join(folder, 'pid')}`,
      `--userdb=${join(folder, 'users')}`,
    ],
  ]
  const [program = PROGRAM, ...args] = [...prefix, PROGRAM, ...options]
  const child = spawn(program, args, {
    stdio: ['ignore', process.env['TURNLOG'] ? 'inherit' : 'ignore', 'ignore'],
    cwd: folder,
  })
  const stop = async () => {
    await end(child)
    await rm(folder, { recursive: true, force: true })
  }
  if (prefix.length === 0 && !(await answers(address, port))) {
    await stop()
    throw new Error('the TURN server did not start')
  }
  return { url: `turn:${address}:${port}?transport=udp`, stop }
}

/** Asks by STUN until there is an answer. */
async function answers(address: string, port: number): Promise<boolean> {
  const socket = createSocket('udp4')
  let heard = false
  socket.on('message', () => (heard = true)).on('error', () => {})
  const request = Buffer.from(`000100002112a442${'ab'.repeat(12)}`, 'hex')
  for (const until = performance.now() + READY_MS; !heard && performance.now() < until; await wait(50))
    socket.send(request, port, address)
  socket.close()
  return heard
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill('SIGKILL')
  })
}

/** A free UDP port of this machine. */
export async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  const { port } = socket.address()
  await new Promise<void>((resolve) => socket.close(() => resolve()))
  return port
}
