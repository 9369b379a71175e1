import { utilityProcess } from 'electron'
import { childEnvironment, type PeerProcess } from '../../peer/index.ts'

/** Starts the native connections in Electron's own kind of child process. */
export function spawnUtilityProcess(file: string): PeerProcess {
  const child = utilityProcess.fork(file, [], {
    serviceName: 'Parley connections',
    stdio: 'ignore',
    env: childEnvironment(),
  })
  let ended = false
  child.on('exit', () => (ended = true))
  return {
    get pid() {
      return child.pid
    },
    post: (message) => {
      // A process that has just died is reported by its exit; what was meant for it is void.
      if (!ended) child.postMessage(message)
    },
    onMessage: (listener) => void child.on('message', listener),
    onExit: (listener) => void child.on('exit', listener),
    kill: () => void child.kill(),
  }
}
