import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { Runtime } from '../../app/index.ts'
import { spawnChildProcess } from '../../peer/index.ts'
import type { MlsWorker } from '../../session/index.ts'
import { partPath } from './installation.ts'

/** How plain Node starts the parts of the app. */
export function nodeRuntime(): Runtime {
  return {
    host: 'headless',
    spawnMlsWorker: () => spawnMlsWorker(),
    spawnPeerProcess: spawnChildProcess(pathToFileURL(partPath('peer-process'))),
  }
}

/** The end-to-end encryption thread; the same on both hosts. */
export function spawnMlsWorker(file = partPath('mls-worker')): MlsWorker {
  const worker = new Worker(file, { name: 'mls' })
  let failure: Error | undefined
  worker.on('error', (error: Error) => (failure = error))
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    onMessage: (listener) => void worker.on('message', listener),
    onExit: (listener) => void worker.on('exit', () => listener(failure)),
    terminate: async () => void (await worker.terminate()),
  }
}
