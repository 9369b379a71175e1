/**
 * Entry of the keychain process: makes one call and answers. It is a process because a blocked native call cannot be
 * interrupted, and a blocked thread keeps its whole process from exiting; a process can be killed. Runs under
 * `child_process.fork` and under Electron's `utilityProcess`.
 */
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { callKeychain, type KeychainRequest } from './keychain-calls.ts'

interface ElectronPort {
  postMessage(message: unknown): void
  on(name: 'message', listener: (event: { data: unknown }) => void): void
}
/** Electron gives its utility processes `process.parentPort`, and ends them with their parent. */
const electronPort = (process as { parentPort?: ElectronPort }).parentPort

if (electronPort)
  electronPort.on('message', ({ data }) => void serve(data, (answer) => electronPort.postMessage(answer)))
else if (isMainThread) guard()
else parentPort?.on('message', (request) => void serve(request, (answer) => parentPort?.postMessage(answer)))

/** The parent is our own program: its request is trusted in form. */
async function serve(request: unknown, answer: (message: unknown) => void): Promise<void> {
  answer(await callKeychain(request as KeychainRequest))
}

/** The call runs beside this thread, so that it sees its parent's death even while the call is blocked. */
function guard(): void {
  const worker = new Worker(import.meta.filename)
  const end = () => void process.kill(process.pid, 'SIGKILL')
  worker.on('message', (answer: unknown) => process.send?.(answer))
  worker.on('exit', end)
  process.on('message', (request) => worker.postMessage(request)).on('disconnect', end)
}
