import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTestnet } from '../src-main/testing/testnet.ts'
import { type Figure, median } from './figures.ts'
import { freshBundle } from './start/bundle.ts'
import { bareNode, type Daemon, startDaemon } from './start/daemon.ts'
import { listFigures } from './start/list.ts'
import { type Memory, memoryOf } from './start/memory.ts'

const STARTS = 12
const SOURCE_STARTS = 5
const MESSAGES = 500
/** Key packages, the first links and the collection of what starting left behind. */
const SETTLE_MS = 3_000
const PASSPHRASE = 'a passphrase for measuring'
const path = (relative: string) => new URL(`../${relative}`, import.meta.url).pathname
const BUNDLE = path('out/main/cli.js')
const SOURCE = path('src-main/hosts/cli/main.ts')
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

type Net = Awaited<ReturnType<typeof startTestnet>>

/**
 * Spawn → ready line of a daemon that unlocks its vault (argon2id), connects and serves; and the resident memory of
 * main + MLS worker (one process) + peer process, after the start and after messages; and the window's list.
 */
export default async function start(): Promise<Figure[]> {
  await freshBundle(path(''))
  const folder = await mkdtemp(join(tmpdir(), 'parley-bench-'))
  const net = await startTestnet({ nodes: 1 })
  const nodes = net.nodes.addresses.flatMap((address) => ['--s2', address])
  const args = ['--profile', join(folder, 'profile'), '--ledger', net.ledgerUrl, '--keystore', 'vault', ...nodes]
  const open = (entry: string) => startDaemon(entry, [...args, '--bind', '127.0.0.1'], PASSPHRASE)
  try {
    await makeProfile(await open(BUNDLE))
    return [...(await timeStarts(open)), ...(await weigh(net, await open(BUNDLE))), ...(await listFigures())]
  } finally {
    await net.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function makeProfile(daemon: Daemon): Promise<void> {
  await daemon.client.call('identity.create', { name: 'Alice' })
  await daemon.stop()
}

async function timeStarts(open: (entry: string) => Promise<Daemon>): Promise<Figure[]> {
  const times = { bundle: [] as number[], source: [] as number[], bare: [] as number[] }
  for (let round = -1; round < STARTS; round++) {
    const bare = await bareNode()
    const bundle = await timeStart(open, BUNDLE)
    const source = round < SOURCE_STARTS ? await timeStart(open, SOURCE) : undefined
    // The first round reads the files into the memory of the system.
    if (round < 0) continue
    times.bare.push(bare)
    times.bundle.push(bundle)
    if (source !== undefined) times.source.push(source)
  }
  return [
    { name: 'daemon ready, p50', value: median(times.bundle), unit: 'ms', goal: '<= 1000' },
    { name: 'daemon ready, worst', value: Math.max(...times.bundle), unit: 'ms' },
    { name: 'daemon ready / a bare node', value: median(times.bundle) / median(times.bare), unit: 'ratio' },
    { name: 'bare: node -e 0, p50', value: median(times.bare), unit: 'ms' },
    { name: 'daemon ready from source, p50', value: median(times.source), unit: 'ms' },
    { name: 'daemon ready from source, worst', value: Math.max(...times.source), unit: 'ms' },
  ]
}

async function timeStart(open: (entry: string) => Promise<Daemon>, entry: string): Promise<number> {
  const daemon = await open(entry)
  await daemon.stop()
  return daemon.readyMs
}

async function weigh(net: Net, daemon: Daemon): Promise<Figure[]> {
  try {
    await later(SETTLE_MS)
    const fresh = memoryOf(daemon.pid)
    if (!fresh) {
      process.stderr.write('Memory is not measured: this system has no /proc.\n')
      return []
    }
    await talk(net, daemon)
    await later(SETTLE_MS)
    return [...figuresOf('after the start', fresh), ...figuresOf(`after ${MESSAGES} messages`, memoryOf(daemon.pid))]
  } finally {
    await daemon.stop()
  }
}

function figuresOf(when: string, memory: Memory | undefined): Figure[] {
  if (!memory) return []
  return [
    { name: `resident together, ${when}`, value: memory.rss, unit: 'MB', goal: '<= 250' },
    { name: `of it the peer process, ${when}`, value: memory.children, unit: 'MB' },
    { name: `shared pages counted once, ${when}`, value: memory.pss, unit: 'MB' },
  ]
}

/** Half of the messages each way, all of them delivered. */
async function talk(net: Net, { client }: Daemon): Promise<void> {
  const bob = await net.person('Bob')
  const { address } = (await client.call('identity.get', {})) as { address: string }
  const asked = bob.next('contact', ({ contact }) => contact.address === address && contact.state === 'incoming')
  await client.call('contacts.add', { address: bob.address, name: 'Bob' })
  await asked
  await bob.call('contacts.accept', { address })
  await untilAccepted(client)
  for (let sent = 0; sent < MESSAGES; sent += 2) {
    const text = `Message number ${sent} of an ordinary length.`
    const arrived = bob.next('message', (message) => message.text === text, 30_000)
    await client.call('chats.send', { chat: bob.address, text })
    await arrived
    const delivered = bob.next('message.state', (change) => change.state === 'delivered', 30_000)
    await bob.call('chats.send', { chat: address, text })
    await delivered
  }
  await bob.stop()
}

async function untilAccepted(client: Daemon['client']): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const { contacts } = (await client.call('contacts.list', {})) as { contacts: { state: string }[] }
    if (contacts.every(({ state }) => state === 'accepted')) return
    await later(100)
  }
  throw new Error('the request was not accepted in time')
}
