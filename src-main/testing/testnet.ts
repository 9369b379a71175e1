import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type App, createApp } from '../app/index.ts'
import { createLog, SecretText, type Log, silentLog, systemClock } from '../base/index.ts'
import type { EventName, EventPayload, MethodInput, MethodName, MethodResult } from '../contract/index.ts'
import { invoke } from '../contract/index.ts'
import { createDevnet, type Devnet } from '../ledger/devnet/index.ts'
import { createIotaLedger, type Ledger } from '../ledger/index.ts'
import { parseNodeAddress, type S2NodeOptions } from '../overlay/index.ts'
import { spawnChildProcess } from '../peer/index.ts'
import { type MlsWorker, spawnWorkerThread } from '../session/index.ts'
import { startNodes, type TestNodes } from './testnet-nodes.ts'

export interface TestnetOptions {
  /** S2 nodes; 3 unless told. */
  nodes?: number
  /** The nodes are registered on the ledger, and find each other there alone; half a second more. */
  registered?: boolean
  /** Anything that nodes are given beyond that: fees, a gate to the ledger. */
  node?: (ledger: Ledger, url: string) => Partial<S2NodeOptions>
  /** Shows what happens on standard error. */
  verbose?: boolean
  /** Told of every encryption worker that starts, for tests that end one. */
  onMlsWorker?: (worker: MlsWorker) => void
  /** What a person's app logs, by the person's name; nowhere unless told. */
  logOf?: (name: string) => Log
}

/** One person of a testnet: a whole app in this process, with its own profile, worker and peer process. */
export interface Person {
  readonly name: string
  readonly address: string
  readonly app: App
  call<K extends MethodName>(name: K, input: MethodInput<K>): Promise<MethodResult<K>>
  /** Resolves with the first event, from now on, that the test accepts; rejects after `ms` (10 s). */
  next<K extends EventName>(
    name: K,
    accept?: (payload: EventPayload<K>) => boolean,
    ms?: number,
  ): Promise<EventPayload<K>>
  /** Events so far, in order. */
  readonly events: { name: EventName; payload: unknown }[]
  /** How far its clock is ahead; may be changed at any time. */
  clockOffsetMs: number
  /** So much time passes for it, by its clock and by what measures waits; what waits already is not woken. */
  pass(ms: number): void
  stop(): Promise<void>
  /** Opens the same profile again after `stop`. */
  restart(): Promise<void>
}

export interface PersonOptions {
  funded?: boolean
  direct?: boolean
  phrase?: string[]
  /** How far this person's clock is ahead. */
  clockOffsetMs?: number
  /** Instead of the network's own: node addresses as given by hand. */
  nodes?: string[]
  /** Instead of the network's own way to the ledger. */
  ledgerUrl?: string
}

/** A whole local network in one call: a ledger, S2 nodes and people, all on loopback; `stop` leaves nothing behind. */
export interface Testnet {
  readonly ledgerUrl: string
  readonly faucetUrl: string
  /** The running one: another after `restartLedger`. */
  readonly devnet: Devnet
  readonly nodes: TestNodes
  person(name: string, options?: PersonOptions): Promise<Person>
  /** Stops the ledger for so long, and starts it again with its folder, on its port. */
  restartLedger(downMs: number): Promise<void>
  /** Makes two people contacts of each other, and waits until both can write. */
  befriend(a: Person, b: Person): Promise<void>
  stop(): Promise<void>
}

/** As what is polled is waited for. */
const NEXT_MS = 25_000

export const TEST_PASSPHRASE = 'correct horse battery'

export async function startTestnet(options: TestnetOptions = {}): Promise<Testnet> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-testnet-'))
  const log = options.verbose ? createLog('debug') : silentLog
  const openLedger = (port: number) =>
    createDevnet({ dataDir: join(folder, 'ledger'), port, listen: '127.0.0.1', clock: systemClock, log })
  let devnet = openLedger(0)
  const started = await devnet.start()
  const ledger = createIotaLedger({ url: started.rpc, clock: systemClock, log })
  const dataDir = (index: number) => join(folder, `node-${index}`)
  const nodes = await startNodes(options.nodes ?? 3, {
    ledger,
    dataDir,
    log,
    ...(options.registered && { registry: { ledger } }),
    more: () => options.node?.(ledger, started.rpc) ?? {},
  })
  const people: Person[] = []
  const network: Testnet = {
    ledgerUrl: started.rpc,
    faucetUrl: started.faucet,
    get devnet() {
      return devnet
    },
    nodes,
    person: async (name, wanted = {}) => {
      const person = await createPerson(
        name,
        join(folder, `${name}-${people.length}`),
        network,
        options.logOf?.(name) ?? log,
        options.onMlsWorker,
        wanted,
      )
      people.push(person)
      if (wanted.direct === false) await person.call('settings.set', { directConnections: false })
      if (wanted.funded) await person.call('wallet.faucet', {})
      return person
    },
    befriend,
    restartLedger: async (downMs) => {
      await devnet.stop()
      await new Promise((resolve) => setTimeout(resolve, downMs))
      devnet = openLedger(Number(new URL(started.rpc).port))
      await devnet.start()
    },
    stop: async () => {
      await Promise.allSettled(people.map((person) => person.stop()))
      await nodes.stop()
      ledger.close()
      await devnet.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
  return network
}

async function createPerson(
  name: string,
  profile: string,
  network: Testnet,
  log: Log,
  onMlsWorker?: (worker: MlsWorker) => void,
  { phrase, clockOffsetMs = 0, nodes = network.nodes.addresses, ledgerUrl = network.ledgerUrl }: PersonOptions = {},
): Promise<Person> {
  const events: Person['events'] = []
  let ahead = clockOffsetMs
  let passed = 0
  const waiting = new Set<(name: EventName, payload: unknown) => void>()
  const spawnMls = spawnWorkerThread(new URL('../session/worker.ts', import.meta.url))
  const open = async () => {
    const app = await createApp({
      version: '0.0.0-test',
      profile,
      ledgerUrl,
      nodes: nodes.map(parseNodeAddress),
      keystore: 'vault',
      passphrase: new SecretText(TEST_PASSPHRASE),
      runtime: {
        host: 'headless',
        spawnMlsWorker: () => {
          const worker = spawnMls()
          onMlsWorker?.(worker)
          return worker
        },
        spawnPeerProcess: spawnChildProcess(new URL('../peer/process.ts', import.meta.url)),
      },
      log,
      clock: {
        ...systemClock,
        now: () => systemClock.now() + ahead + passed,
        steady: () => systemClock.steady() + passed,
      },
      bindAddress: '127.0.0.1',
    })
    app.subscribe((event, payload) => {
      events.push({ name: event, payload })
      for (const listener of [...waiting]) listener(event, payload)
    })
    return app
  }
  let app = await open()
  const { address } = phrase
    ? await app.handlers['identity.restore']({ name, recoveryPhrase: phrase })
    : await app.handlers['identity.create']({ name })
  return {
    name,
    address,
    events,
    get app() {
      return app
    },
    get clockOffsetMs() {
      return ahead
    },
    set clockOffsetMs(ms) {
      ahead = ms
    },
    pass: (ms) => void (passed += ms),
    call: (method, input) => invoke(app.handlers, method, input) as Promise<MethodResult<typeof method>>,
    next: (event, accept = () => true, ms = NEXT_MS) =>
      new Promise((resolve, reject) => {
        const end = () => {
          clearTimeout(timer)
          waiting.delete(listener)
        }
        const listener = (seen: EventName, payload: unknown) => {
          if (seen !== event || !accept(payload as never)) return
          end()
          resolve(payload as never)
        }
        const timer = setTimeout(() => {
          end()
          reject(new Error(`${name}: no ${event} within ${ms} ms`))
        }, ms)
        waiting.add(listener)
      }),
    stop: () => app.stop(),
    restart: async () => {
      app = await open()
    },
  }
}

async function befriend(a: Person, b: Person): Promise<void> {
  const incoming = b.next('contact', ({ contact }) => contact.address === a.address && contact.state === 'incoming')
  await a.call('contacts.add', { address: b.address, name: b.name })
  await incoming
  const accepted = a.next('contact', ({ contact }) => contact.address === b.address && contact.state === 'accepted')
  await b.call('contacts.accept', { address: a.address })
  await accepted
}
