import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocket, WebSocketServer } from 'ws'
import { Secret, silentLog, systemClock } from '../src-main/base/index.ts'
import { issueCertificate, sealingPublicKey, signingKeyFromSeed } from '../src-main/crypto/index.ts'
import { openMls } from '../src-main/crypto/mls.ts'
import { createTlsCredentials } from '../src-main/overlay/link/tls.ts'
import { openStore } from '../src-main/store/index.ts'
import { type Person, startTestnet } from '../src-main/testing/testnet.ts'
import { type Figure, median, quantile } from './figures.ts'

const ROUNDS = 200
const UPGRADES = 12
const PAUSE_MS = 5
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/**
 * Send → event at the other side with everything on, over the relay and over the direct path. Between any two messages,
 * in the same rhythm, the bare parts they stand on: MLS encrypt and decrypt, one relayed frame (plain ws over TLS), two
 * durable inserts. A part that runs in a tight loop finds everything warm, which no message of a person does.
 */
export default async function message(): Promise<Figure[]> {
  const net = await startTestnet()
  try {
    const relayed = await pair(net, false)
    const direct = await pair(net, true)
    const bare = await bareParts()
    const work = {
      relay: () => timeMessage(...relayed),
      mls: () => timed(bare.mls),
      frame: () => timed(bare.frame),
      inserts: () => timed(bare.inserts),
      direct: () => timeMessage(...direct),
    }
    const times: Record<keyof typeof work, number[]> = { relay: [], mls: [], frame: [], inserts: [], direct: [] }
    for (let round = 0; round < ROUNDS; round++)
      for (const name of Object.keys(work) as (keyof typeof work)[]) {
        times[name].push(await work[name]())
        await later(PAUSE_MS)
      }
    const upgrades = await timeUpgrades(...direct)
    await bare.close()
    return report(times, upgrades)
  } finally {
    await net.stop()
  }
}

function report(
  times: Record<'relay' | 'direct' | 'mls' | 'frame' | 'inserts', number[]>,
  upgrades: number[],
): Figure[] {
  const sum = median(times.mls) + median(times.frame) + median(times.inserts)
  return [
    { name: 'relay, p50', value: median(times.relay), unit: 'ms', goal: '<= 15' },
    { name: 'relay, p95', value: quantile(times.relay, 0.95), unit: 'ms' },
    { name: 'direct, p50', value: median(times.direct), unit: 'ms', goal: '<= 10' },
    { name: 'direct, p95', value: quantile(times.direct, 0.95), unit: 'ms' },
    { name: 'bare: MLS encrypt + decrypt, p50', value: median(times.mls), unit: 'ms' },
    { name: 'bare: one relayed frame, p50', value: median(times.frame), unit: 'ms' },
    { name: 'bare: two durable inserts, p50', value: median(times.inserts), unit: 'ms' },
    { name: 'relay p50 / sum of bare parts', value: median(times.relay) / sum, unit: 'ratio', goal: '<= 2.0' },
    { name: 'direct upgrade, p50', value: median(upgrades), unit: 'ms', goal: '<= 500' },
    { name: 'direct upgrade, worst', value: Math.max(...upgrades), unit: 'ms' },
  ]
}

type Net = Awaited<ReturnType<typeof startTestnet>>

async function pair(net: Net, direct: boolean): Promise<[Person, Person]> {
  const [a, b] = await Promise.all([net.person('A', { direct }), net.person('B', { direct })])
  await net.befriend(a, b)
  if (direct) await untilDirect(a)
  for (let warm = 0; warm < 20; warm++) await timeMessage(a, b)
  return [a, b]
}

async function untilDirect(person: Person): Promise<void> {
  const isDirect = (status: { peers: { path: string }[] }) => status.peers[0]?.path === 'direct'
  if (!isDirect(await person.call('network.status', {}))) await person.next('network', isDirect)
}

async function timeMessage(a: Person, b: Person): Promise<number> {
  const delivered = a.next('message.state', (change) => change.state === 'delivered')
  const arrived = b.next('message').then(() => performance.now())
  const start = performance.now()
  await a.call('chats.send', { chat: b.address, text: 'A message of an ordinary length, as people write them.' })
  const time = (await arrived) - start
  await delivered
  return time
}

/** The other restarts; from the moment it is seen online to the open direct path. */
async function timeUpgrades(a: Person, b: Person): Promise<number[]> {
  const times: number[] = []
  for (let round = 0; round < UPGRADES; round++) {
    const left = a.next('presence', (event) => !event.online, 20_000)
    await b.stop()
    await left
    const online = a.next('presence', (event) => event.online, 20_000).then(() => performance.now())
    await b.restart()
    const from = await online
    await untilDirect(a)
    times.push(performance.now() - from)
  }
  return times
}

async function bareParts() {
  const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'))
  const key = new Secret(new Uint8Array(32).fill(1))
  const stores = ['a', 'b'].map((name) =>
    openStore({ file: join(folder, `${name}.db`), key, clock: systemClock, log: silentLog }),
  )
  const crypt = await bareMls()
  const relay = await bareRelay()
  let serial = 0
  return {
    mls: crypt,
    frame: relay.round,
    inserts: async () => {
      for (const store of stores) store.messages.insert(messageRow(serial++))
    },
    close: async () => {
      for (const store of stores) store.close()
      await relay.close()
      rmSync(folder, { recursive: true })
    },
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

async function bareMls(): Promise<() => Promise<unknown>> {
  const [alice, bob] = await Promise.all([1, 2].map((value) => mlsOf(value)))
  if (!alice || !bob) throw new Error('no MLS')
  const [offered] = await bob.createKeyPackages(1)
  if (!offered) throw new Error('no key package')
  const groupId = new Uint8Array(32).fill(9)
  const made = await alice.createGroup(groupId, [offered.publicBytes])
  await alice.load(groupId, made.state)
  const joined = await bob.join(made.welcome, [offered])
  await bob.load(groupId, joined.state)
  const text = new TextEncoder().encode('Message number 1 of an ordinary length, with its event around it.')
  return async () => bob.receive(groupId, (await alice.encrypt(groupId, text)).message)
}

async function mlsOf(value: number) {
  const seed = (salt: number) => new Secret(new Uint8Array(32).fill(value * 10 + salt))
  const device = signingKeyFromSeed(seed(1))
  const certificate = issueCertificate(signingKeyFromSeed(seed(2)), {
    devicePublicKey: device.publicKey,
    sealingKey: sealingPublicKey(seed(3)),
    label: 'bench',
    issuedAt: Date.now() - 1000,
    expiresAt: Date.now() + 3600_000,
  })
  return openMls({ certificate: certificate.signed, deviceKey: device, now: () => Date.now() })
}

async function bareRelay() {
  const tls = await createTlsCredentials(Date.now())
  const server = createServer({ key: tls.key, cert: tls.cert })
  const sockets = new WebSocketServer({ server, perMessageDeflate: false })
  const clients: WebSocket[] = []
  sockets.on('connection', (socket) => {
    clients.push(socket)
    socket.on('message', (data) => clients.find((other) => other !== socket)?.send(data as Buffer))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const open = async () => {
    const socket = new WebSocket(`wss://127.0.0.1:${port}`, { rejectUnauthorized: false, perMessageDeflate: false })
    await once(socket, 'open')
    return socket
  }
  const [a, b] = [await open(), await open()]
  const frame = randomBytes(600)
  return {
    round: async () => {
      const arrived = once(b, 'message')
      a.send(frame)
      await arrived
    },
    close: async () => {
      for (const socket of [a, b]) socket.terminate()
      sockets.close()
      server.close()
    },
  }
}

function messageRow(serial: number) {
  const now = Date.now()
  return {
    id: serial.toString(16).padStart(32, '0'),
    chat: `0x${'1'.repeat(64)}`,
    author: `0x${'2'.repeat(64)}`,
    outgoing: true,
    text: `Message number ${serial} of an ordinary length.`,
    clockTime: now,
    clockCount: 0,
    sentAt: now,
    receivedAt: now,
    state: 'sending' as const,
    failure: undefined,
  }
}
