import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DaemonClient } from '../hosts/cli/daemon-client.ts'
import { Process } from './processes.ts'

/** What is killed. The MLS worker is a thread of the daemon; its death is tested in process (app/recovery.test.ts). */
export type Victim = 'main' | 'peer' | 's2' | 'devnet'

export interface KillReport {
  kills: number
  /** Messages and payments whose call was answered with success. */
  messages: number
  payments: number
  /** What was lost, doubled or does not add up, in words; empty is good. */
  faults: string[]
}

const PASSPHRASE = 'correct horse battery'
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const PAYMENT = 1_000n
/** After the last kill everything acknowledged has this long to arrive. */
const SETTLE_MS = 60_000

interface Network {
  folder: string
  devnet: Process
  nodes: Process[]
  people: { process: Process; address: string; client(): DaemonClient }[]
}

/** Traffic both ways and payments one way, with processes killed at random moments; then everything is counted. */
export async function killRun(victims: Victim[], kills: number, random = Math.random): Promise<KillReport> {
  const net = await start()
  try {
    const traffic = new Traffic(net)
    traffic.start()
    for (let kill = 0; kill < kills; kill++) {
      await later(150 + random() * 850)
      await killOne(net, victims[kill % victims.length] as Victim, random)
    }
    await later(500)
    await traffic.stop()
    const faults = await traffic.count()
    return { kills, messages: traffic.messages, payments: traffic.payments.length, faults }
  } finally {
    await Promise.all([...net.people.map(({ process }) => process.stop()), ...net.nodes.map((node) => node.stop())])
    await net.devnet.stop()
    await rm(net.folder, { recursive: true, force: true })
  }
}

async function start(): Promise<Network> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-kill-'))
  const devnet = await new Process('devnet', ['--port', '0', '--data', join(folder, 'ledger')]).start()
  const rpc = devnet.ready.rpc ?? ''
  const nodes: Process[] = []
  for (let index = 0; index < 3; index++) {
    const peers = nodes.flatMap((node) => ['--peer', node.ready.endpoint ?? ''])
    const data = join(folder, `node-${index}`)
    nodes.push(await new Process('s2', ['--ledger', rpc, '--listen', '127.0.0.1:0', '--data', data, ...peers]).start())
  }
  const s2 = nodes.flatMap((node) => ['--s2', node.ready.endpoint ?? ''])
  const people = await Promise.all(['alice', 'bob'].map((name) => startPerson(folder, name, rpc, s2)))
  const net = { folder, devnet, nodes, people }
  await befriend(net)
  return net
}

async function startPerson(folder: string, name: string, rpc: string, s2: string[]) {
  const args = ['--profile', join(folder, name), '--ledger', rpc, ...s2, '--keystore', 'vault', '--bind', '127.0.0.1']
  const process = await new Process('daemon', args, { PARLEY_PASSPHRASE: PASSPHRASE }).start()
  const client = () => new DaemonClient(process.ready.api ?? '', process.ready.token ?? '')
  const { address } = (await client().call('identity.create', { name })) as { address: string }
  return { process, address, client }
}

async function befriend({ people }: Network): Promise<void> {
  const [alice, bob] = people as [Network['people'][0], Network['people'][0]]
  await alice.client().call('wallet.faucet', {})
  await alice.client().call('contacts.add', { address: bob.address })
  const state = async (of: typeof alice) => {
    const { contacts } = (await of.client().call('contacts.list', {})) as { contacts: { state: string }[] }
    return contacts[0]?.state
  }
  await until('the request arrives', async () => (await state(bob)) === 'incoming')
  await bob.client().call('contacts.accept', { address: alice.address })
  await until('the request is accepted', async () => (await state(alice)) === 'accepted')
}

async function until(what: string, holds: () => Promise<boolean>, ms = SETTLE_MS): Promise<void> {
  const end = Date.now() + ms
  while (!(await holds().catch(() => false))) {
    if (Date.now() > end) throw new Error(`${what}: did not happen within ${ms} ms`)
    await later(50)
  }
}

async function killOne(net: Network, victim: Victim, random: () => number): Promise<void> {
  if (victim === 'peer') return killPeerProcess(net, random)
  const process = pick(net, victim, random)
  await process.kill()
  if (victim === 'main') return void (await process.start())
  // Others know a node or a ledger by its port: it comes back at the same place.
  const at = victim === 's2' ? new URL(process.ready.endpoint ?? '').port : new URL(process.ready.rpc ?? '').port
  const args = process.argsAt(at)
  await process.start(args)
}

function pick(net: Network, victim: Victim, random: () => number): Process {
  if (victim === 'devnet') return net.devnet
  const from = victim === 's2' ? net.nodes : net.people.map((person) => person.process)
  return from[Math.floor(random() * from.length)] as Process
}

function killPeerProcess(net: Network, random: () => number): void {
  const parent = pick(net, 'main', random).pid
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8')
      const ppid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
      if (ppid === parent) process.kill(Number(entry), 'SIGKILL')
    } catch {
      // It ended between the listing and the look.
    }
  }
}

/** Writes and pays without a break, and remembers what was answered with success. */
class Traffic {
  readonly #net: Network
  readonly #sent: { from: number; id: string; text: string }[] = []
  readonly payments: string[] = []
  #running = false
  #loops: Promise<void>[] = []

  constructor(net: Network) {
    this.#net = net
  }

  get messages(): number {
    return this.#sent.length
  }

  start(): void {
    this.#running = true
    this.#loops = [this.#write(0), this.#write(1), this.#pay()]
  }

  async stop(): Promise<void> {
    this.#running = false
    await Promise.all(this.#loops)
  }

  async #write(from: number): Promise<void> {
    const to = this.#net.people[1 - from]?.address
    for (let serial = 0; this.#running; serial++) {
      const text = `${from}:${serial}`
      try {
        const client = this.#net.people[from]?.client()
        const answer = (await client?.call('chats.send', { chat: to, text })) as { messageId: string }
        this.#sent.push({ from, id: answer.messageId, text })
      } catch {
        // Not acknowledged: it may or may not be there, and is not counted.
        await later(50)
      }
      await later(15)
    }
  }

  async #pay(): Promise<void> {
    const [alice, bob] = this.#net.people
    while (this.#running) {
      try {
        const answer = await alice?.client().call('wallet.send', { to: bob?.address, nanos: String(PAYMENT) })
        this.payments.push((answer as { digest: string }).digest)
      } catch {
        await later(50)
      }
      await later(100)
    }
  }

  /** Everything acknowledged is at the other exactly once and in the order of its sender, and the balances add up. */
  async count(): Promise<string[]> {
    const faults: string[] = []
    for (const from of [0, 1]) {
      const wanted = this.#sent.filter((message) => message.from === from)
      const there = () => this.#texts(1 - from)
      await until(`messages of ${from}`, async () => {
        const texts = new Set(await there())
        return wanted.every((message) => texts.has(message.text))
      }).catch((error: Error) => faults.push(error.message))
      const texts = await there()
      const doubled = texts.length - new Set(texts).size
      if (doubled > 0) faults.push(`${doubled} messages of ${from} are there twice`)
      const moved = overtaken(texts.map((text) => Number(text.split(':')[1])))
      if (moved > 0) faults.push(`${moved} messages of ${from} do not stand in the order in which they were written`)
    }
    faults.push(...(await this.#countMoney()))
    return faults
  }

  /** Newest first. */
  async #texts(of: number): Promise<string[]> {
    const chat = this.#net.people[1 - of]?.address
    const texts: string[] = []
    for (let before: string | undefined; ;) {
      const params = { chat, limit: 200, ...(before ? { before } : {}) }
      const page = (await this.#net.people[of]?.client().call('chats.history', params)) as {
        messages: { id: string; text: string; outgoing: boolean }[]
      }
      if (page.messages.length === 0) return texts
      texts.push(...page.messages.filter((message) => !message.outgoing).map((message) => message.text))
      before = page.messages.at(-1)?.id
    }
  }

  async #countMoney(): Promise<string[]> {
    const [alice, bob] = this.#net.people
    const settled = async () => {
      const { transactions } = (await alice?.client().call('wallet.history', { limit: 200 })) as {
        transactions: { state: string }[]
      }
      return transactions.every((transaction) => transaction.state !== 'pending')
    }
    await until('payments settle', settled)
    let received = 0n
    // Right after the ledger was away, the wallet answers what it knew, and says so.
    await until('the balance is that of the ledger', async () => {
      const balance = (await bob?.client().call('wallet.balance', {})) as { nanos: string; asOf?: number }
      received = BigInt(balance.nanos)
      return balance.asOf === undefined
    })
    const faults: string[] = []
    if (received % PAYMENT !== 0n) faults.push(`Bob has ${received} NANOS, which is no number of payments`)
    // A payment whose answer was lost by a kill is on the ledger too, so there can be more than were answered, never fewer.
    if (received / PAYMENT < BigInt(new Set(this.payments).size))
      faults.push(`${new Set(this.payments).size} payments were acknowledged, ${received / PAYMENT} arrived`)
    if (new Set(this.payments).size !== this.payments.length) faults.push('one payment was answered twice')
    return faults
  }
}

/** How many of these numbers, newest first, stand before a larger one. */
function overtaken(serials: readonly number[]): number {
  return serials.filter((serial, index) => index > 0 && serial > (serials[index - 1] ?? Infinity)).length
}
