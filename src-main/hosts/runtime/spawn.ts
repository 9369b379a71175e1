import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { Runtime } from '../../app/index.ts'
import { spawnChildProcess } from '../../peer/index.ts'
import type { MlsWorker } from '../../session/index.ts'
import { partPath } from './installation.ts'

/**
 * Heap of the encryption thread, MB: a hundred loaded groups take a few tens, and a runaway ends the thread, not the app.
 * Its young part is small because by default it grows to 48 MB under load and is never given back.
 */
const HEAP_LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 6 }

/** How plain Node starts the parts of the app. The first encryption thread loads its code from now on, beside the app. */
export function nodeRuntime(): Runtime {
  let early: Worker | undefined = createMlsWorker(partPath('mls-worker'))
  const forget = () => (early = undefined)
  early.on('error', forget).on('exit', forget).unref()
  return {
    host: 'headless',
    spawnMlsWorker: () => {
      const worker = early?.off('error', forget).off('exit', forget)
      worker?.ref()
      early = undefined
      return worker ? portOf(worker) : spawnMlsWorker()
    },
    spawnPeerProcess: spawnChildProcess(pathToFileURL(partPath('peer-process'))),
    spawnKeychainProcess: spawnChildProcess(pathToFileURL(partPath('keychain-process'))),
  }
}

/** The end-to-end encryption thread; the same on both hosts. */
export function spawnMlsWorker(file = partPath('mls-worker')): MlsWorker {
  return portOf(createMlsWorker(file))
}

function createMlsWorker(file: string): Worker {
  return new Worker(file, { name: 'mls', resourceLimits: HEAP_LIMITS })
}

function portOf(worker: Worker): MlsWorker {
  let failure: Error | undefined
  worker.on('error', (error: Error) => (failure = error))
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    onMessage: (listener) => void worker.on('message', listener),
    onExit: (listener) => void worker.on('exit', () => listener(failure)),
    terminate: async () => void (await worker.terminate()),
  }
}
