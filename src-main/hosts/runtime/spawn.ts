import { pathToFileURL } from 'node:url'
import type { Runtime } from '../../app/index.ts'
import { spawnChildProcess } from '../../peer/index.ts'
import { type SpawnMlsWorker, spawnWorkerThreadEarly } from '../../session/index.ts'
import { partPath } from './installation.ts'

/** How plain Node starts the parts of the app. */
export function nodeRuntime(): Runtime {
  return {
    host: 'headless',
    spawnMlsWorker: earlyMlsWorker(),
    spawnPeerProcess: spawnChildProcess(pathToFileURL(partPath('peer-process'))),
    spawnKeychainProcess: spawnChildProcess(pathToFileURL(partPath('keychain-process'))),
  }
}

/** The end-to-end encryption thread, the same on both hosts: the first begins to load with this call. */
export function earlyMlsWorker(): SpawnMlsWorker {
  return spawnWorkerThreadEarly(pathToFileURL(partPath('mls-worker')))
}
