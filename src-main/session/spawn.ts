import { Worker } from 'node:worker_threads'
import type { SpawnMlsWorker } from './types.ts'

/** Heap of the thread: a hundred loaded groups take a few tens of MB; a runaway ends the thread, not the app. */
const HEAP_MB = 256

/** Starts the worker from `entry`: `worker.ts` in a checkout, its bundle in an installation. */
export function spawnWorkerThread(entry: URL): SpawnMlsWorker {
  return () => {
    const worker = new Worker(entry, { name: 'mls', resourceLimits: { maxOldGenerationSizeMb: HEAP_MB } })
    let failure: Error | undefined
    worker.on('error', (error: unknown) => (failure = error instanceof Error ? error : new Error(String(error))))
    return {
      post: (message, transfer = []) => worker.postMessage(message, transfer),
      onMessage: (listener) => void worker.on('message', listener),
      onExit: (listener) => void worker.on('exit', () => listener(failure)),
      terminate: async () => void (await worker.terminate()),
    }
  }
}
