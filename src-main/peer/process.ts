/**
 * Entry of the peer process: native connections by number, commanded over the host's message port. It exits when its
 * parent is gone. Runs under `child_process.fork` and under Electron's `utilityProcess`.
 */
import { HEARTBEAT_MS } from './constants.ts'
import { NativeConnection, prepareNative, releaseNative } from './datachannel.ts'
import type { Command, Report } from './ipc.ts'

interface ParentPort {
  postMessage(message: unknown): void
  on(name: 'message', listener: (event: { data: unknown }) => void): void
}
/** Electron gives its utility processes `process.parentPort`. */
const parentPort = (process as { parentPort?: ParentPort }).parentPort
/** Errors of the native library are told, but not by the thousand. */
const MAX_LOG_LINES = 100

const connections = new Map<number, NativeConnection>()
let logLines = 0

function report(message: Report): void {
  if (parentPort) return parentPort.postMessage(message)
  // Without a parent there is nobody to report to: `disconnect` ends this process.
  if (process.connected) process.send?.(message, undefined, undefined, () => {})
}

function log(text: string): void {
  if (logLines++ < MAX_LOG_LINES) report({ type: 'log', text: text.slice(0, 1024) })
}

function open(command: Extract<Command, { type: 'open' }>): void {
  const { connection } = command
  try {
    const native = new NativeConnection(command, (message) => {
      if (message.type === 'closed') connections.delete(connection)
      report(message)
    })
    connections.set(connection, native)
    native.start()
  } catch (error) {
    connections.get(connection)?.close()
    connections.delete(connection)
    report({
      type: 'closed',
      connection,
      reason: error instanceof Error ? error.message.slice(0, 256) : 'native error',
    })
  }
}

function stop(): void {
  clearInterval(heart)
  for (const native of connections.values()) native.close()
  connections.clear()
  releaseNative()
  process.exit(0)
}

/** The parent is our own program: its commands are trusted in form. */
function run(command: Command): void {
  if (command.type === 'stop') return stop()
  if (command.type === 'open') return open(command)
  const native = connections.get(command.connection)
  if (native === undefined) return
  if (command.type === 'send') return native.send(command.channel, command.bytes)
  if (command.type === 'taken') return native.taken(command.bytes)
  if (command.type === 'candidate') return native.addCandidate(command.candidate, command.mid)
  if (command.type === 'description') return native.describe(command.kind, command.sdp)
  connections.delete(command.connection)
  native.close()
}

prepareNative(log)
if (parentPort) parentPort.on('message', (event) => run(event.data as Command))
else process.on('message', (message) => run(message as Command)).on('disconnect', () => process.exit(0))
report({ type: 'beat' })
const heart = setInterval(() => report({ type: 'beat' }), HEARTBEAT_MS)
