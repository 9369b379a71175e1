import { join } from 'node:path'
import { makeFolder } from '../../../base/index.ts'
import { ParleyError } from '../../../contract/index.ts'
import { Child, type ChildOptions, type Ready } from './child.ts'

/** The demo's vaults guard tokens of no value; the windows ask for this after a lock. */
export const DEMO_PASSPHRASE = 'parley demo'
const NODES = 3

export type Watch = Pick<ChildOptions, 'onLost' | 'onLine'>

/** A local ledger, three S2 nodes and the daemons of Alice and Bob, each a process of its own. */
export class DemoNetwork {
  readonly #folder: string
  readonly #env: NodeJS.ProcessEnv
  readonly #watch: Watch
  readonly #children: Child[] = []
  #stopped = false

  constructor(folder: string, env: NodeJS.ProcessEnv, watch: Watch) {
    this.#folder = folder
    this.#env = env
    this.#watch = watch
  }

  ledgerUrl = ''
  nodes: string[] = []

  async start(): Promise<void> {
    const ledger = await this.#run('ledger', async (data) => (before) => {
      const port = before ? new URL(String(before['rpc'])).port : '0'
      return ['devnet', '--port', port, '--data', data]
    })
    this.ledgerUrl = ledger.field('rpc')
    for (let index = 1; index <= NODES; index++) {
      const known = this.nodes.flatMap((node) => ['--peer', node])
      const node = await this.#run(`node-${index}`, async (data) => (before) => {
        const listen = before ? new URL(String(before['endpoint'])).host : '127.0.0.1:0'
        return ['s2', '--register', '--ledger', this.ledgerUrl, '--listen', listen, '--data', data, ...known]
      })
      this.nodes.push(node.field('endpoint'))
    }
  }

  /** A daemon on its own profile; `onReady` hears of restarts, after which token and URL are new. */
  async person(name: string, onReady: (ready: Ready) => void): Promise<Child> {
    const s2 = this.nodes.flatMap((node) => ['--s2', node])
    const create = async (profile: string) => (before: Ready | undefined) => {
      const api = before ? new URL(String(before['api'])).host : '127.0.0.1:0'
      const where = ['--profile', profile, '--ledger', this.ledgerUrl, '--api', api, '--keystore', 'vault']
      return ['daemon', ...where, ...s2]
    }
    return await this.#run(name.toLowerCase(), create, onReady)
  }

  /** Ends everything, people first, so that they can say goodbye. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const child of this.#children.reverse()) await child.stop()
    this.#children.length = 0
  }

  async #run(
    name: string,
    argsFor: (data: string) => Promise<(before: Ready | undefined) => string[]>,
    onReady?: (ready: Ready) => void,
  ): Promise<Child> {
    const data = join(this.#folder, name)
    await makeFolder(data, 'data folder')
    const env = { ...this.#env, PARLEY_PASSPHRASE: DEMO_PASSPHRASE }
    if (this.#stopped) throw new ParleyError('timeout', 'The demo was stopped.')
    const child = new Child({ name, args: await argsFor(data), env, ...this.#watch, ...(onReady && { onReady }) })
    this.#children.push(child)
    return await child.start()
  }
}
