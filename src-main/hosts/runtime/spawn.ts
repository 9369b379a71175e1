import { fork } from 'node:child_process'
import { Worker } from 'node:worker_threads'
import type { Runtime } from '../../app/index.ts'
import type { PeerProcess } from '../../peer/index.ts'
import type { MlsWorker } from '../../session/index.ts'
import { partPath } from './installation.ts'

/** How plain Node starts the parts of the app. */
export function nodeRuntime(): Runtime {
  return { host: 'headless', spawnMlsWorker: () => spawnMlsWorker(), spawnPeerProcess: () => forkPeerProcess() }
}

/** The end-to-end encryption thread; the same on both hosts. */
export function spawnMlsWorker(file = partPath('mls-worker')): MlsWorker {
  const worker = new Worker(file, { name: 'mls', stdin: false })
  let failure: Error | undefined
  worker.on('error', (error) => (failure = error))
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    onMessage: (listener) => void worker.on('message', listener),
    onExit: (listener) => void worker.on('exit', () => listener(failure)),
    terminate: async () => void (await worker.terminate()),
  }
}

/** The native connections' process; a crash of it takes nothing else along. */
export function forkPeerProcess(file = partPath('peer-process')): PeerProcess {
  // `advanced` keeps byte arrays as bytes; standard output stays free for the ready line.
  const child = fork(file, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  let spawnFailed = false
  return {
    pid: child.pid,
    post: (message) => {
      // A process that has just died is reported by its exit; what was meant for it is void.
      if (child.connected) child.send(message as object, () => {})
    },
    onMessage: (listener) => void child.on('message', listener),
    onExit: (listener) => {
      child.once('exit', (code) => spawnFailed || listener(code))
      child.once('error', () => {
        if (child.pid !== undefined || spawnFailed) return
        spawnFailed = true
        listener(null)
      })
    },
    kill: () => void child.kill('SIGKILL'),
  }
}
