import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { SpawnPeerProcess } from './types.ts'

/** The entry of the peer process when the program runs from source. */
const peerProcessEntry = new URL('./process.ts', import.meta.url)

/** A small heap: this process holds connections, not data; without it the engine would take what the machine has. */
const HEAP_FLAGS = ['--max-old-space-size=64', '--max-semi-space-size=1', '--disable-warning=ExperimentalWarning']

/**
 * Our environment without the vault's passphrase, which a process that talks to strangers must not hold, and without
 * options for this process (inspectors, loaders).
 */
export function childEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, PARLEY_PASSPHRASE: _passphrase, ...rest } = env
  return rest
}

/** Runs the peer process as a Node child, with messages by structured clone. Its output goes to our standard error. */
export function spawnChildProcess(entry: URL = peerProcessEntry): SpawnPeerProcess {
  return () => {
    const env = childEnvironment()
    const child = fork(fileURLToPath(entry), [], {
      serialization: 'advanced',
      execArgv: HEAP_FLAGS,
      env,
      stdio: ['ignore', 2, 2, 'ipc'],
    })
    return {
      pid: child.pid,
      // A message to a child that has just died is lost with it; `onExit` tells of the death.
      post: (message) => void (child.connected && child.send(message as object, () => {})),
      onMessage: (listener) => void child.on('message', listener),
      onExit: (listener) => {
        let told = false
        const tell = (code: number | null) => {
          if (!told) listener(code)
          told = true
        }
        child.on('exit', tell)
        child.on('error', () => tell(null))
      },
      // A stopped or hung process does not answer the polite signal.
      kill: () => void child.kill('SIGKILL'),
    }
  }
}
