/**
 * Entry of the peer process: native connections by number, commanded over the host's message port. It exits when its
 * parent is gone. Runs under `child_process.fork` and under Electron's `utilityProcess`.
 */
import { HEARTBEAT_MS } from './constants.ts'
import { Connections } from './connections.ts'
import { prepareNative, releaseNative } from './datachannel.ts'
import type { Command, Report } from './ipc.ts'

interface ParentPort {
  postMessage(message: unknown): void
  on(name: 'message', listener: (event: { data: unknown }) => void): void
}
/** Electron gives its utility processes `process.parentPort`. */
const parentPort = (process as { parentPort?: ParentPort }).parentPort
/** Errors of the native library are told, but not by the thousand. */
const MAX_LOG_LINES = 100

const connections = new Connections(report)
let logLines = 0

function report(message: Report): void {
  if (parentPort) return parentPort.postMessage(message)
  // Without a parent there is nobody to report to: `disconnect` ends this process.
  if (process.connected) process.send?.(message, undefined, undefined, () => {})
}

function log(text: string): void {
  if (logLines++ < MAX_LOG_LINES) report({ type: 'log', text: text.slice(0, 1024) })
}

function stop(): void {
  clearInterval(heart)
  connections.close()
  releaseNative()
  process.exit(0)
}

function run(command: Command): void {
  if (command.type === 'stop') return stop()
  if (command.type === 'open') return connections.open(command)
  connections.run(command)
}

prepareNative(log)
if (parentPort) parentPort.on('message', (event) => run(event.data as Command))
else process.on('message', (message) => run(message as Command)).on('disconnect', () => process.exit(0))
report({ type: 'beat' })
const heart = setInterval(() => {
  report({ type: 'beat' })
  connections.tellPairs()
}, HEARTBEAT_MS)
