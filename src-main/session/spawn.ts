import { Worker } from 'node:worker_threads'
import type { MlsWorker, SpawnMlsWorker } from './types.ts'

/**
 * Heap of the encryption thread, MB: a hundred loaded groups take a few tens, and a runaway ends the thread, not the app.
 * Its young part is small because by default it grows to 48 MB under load and is never given back.
 */
const HEAP_LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 6 }

/** Starts the worker from `entry`: `worker.ts` in a checkout, its bundle in an installation. */
export function spawnWorkerThread(entry: URL): SpawnMlsWorker {
  return () => portOf(createWorker(entry))
}

/** As `spawnWorkerThread`, but the first thread loads its code from now on, beside the app; it keeps no process alive. */
export function spawnWorkerThreadEarly(entry: URL): SpawnMlsWorker {
  let early: Worker | undefined = createWorker(entry)
  const forget = () => (early = undefined)
  early.on('error', forget).on('exit', forget).unref()
  return () => {
    const worker = early?.off('error', forget).off('exit', forget)
    worker?.ref()
    early = undefined
    return portOf(worker ?? createWorker(entry))
  }
}

function createWorker(entry: URL): Worker {
  return new Worker(entry, { name: 'mls', resourceLimits: HEAP_LIMITS })
}

function portOf(worker: Worker): MlsWorker {
  let failure: Error | undefined
  worker.on('error', (error: unknown) => (failure = error instanceof Error ? error : new Error(String(error))))
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    onMessage: (listener) => void worker.on('message', listener),
    onExit: (listener) => void worker.on('exit', () => listener(failure)),
    terminate: async () => void (await worker.terminate()),
  }
}
