import { type Log, silentLog, systemClock, systemRandom, toHex } from '../base/index.ts'
import {
  createOverlay,
  type LinkStatus,
  type Overlay,
  type OverlayIdentity,
  parseNodeAddress,
  type RecordCheck,
  type Recipient,
} from '../overlay/index.ts'
import { encode, Envelope, MAX_ENVELOPE_BYTES } from '../wire/index.ts'
import { testIdentity } from './testnet-nodes.ts'

const DAY_MS = 24 * 3_600_000
const CONTACTS = 5
const LINKS = 3
const VICTIMS = [1, 4, 7]
/** Clients that start at once: all are in one process. */
const AT_ONCE = 20
/** While three nodes are still dead, everything acknowledged arrives in this time after the traffic and the last coming back. */
const ARRIVAL_MS = 15_000
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Nodes that can be killed and joined: in this process or in processes of their own. */
export interface ChurnNet {
  addresses: string[]
  /** The ledger's, as the nodes have it. */
  chain: string
  salt: () => Promise<Uint8Array>
  /** Checks nodes against the registry that they stand in; absent where there is none. */
  registry?: RecordCheck
  /** Ends nodes at once, without a word. */
  kill(indices: number[]): Promise<void>
  /** Starts one more. */
  join(): Promise<void>
  /** Starts the killed ones again. */
  revive(): Promise<void>
}

export interface ChurnOptions {
  clients: number
  /** Of them, those that are away while nodes die: their mail waits. */
  away: number
  /** Between two messages of a client. */
  pauseMs: number
  /** How long the traffic goes on before, between and after what happens. */
  phaseMs: number
  log?: Log
  /** Told of each phase as it begins. */
  onPhase?: (phase: string) => void
}

export interface ChurnReport {
  sent: number
  /** Acknowledged, and never arrived. */
  lost: number
  /** Acknowledged, and arrived only when the killed nodes were back: no living node had it within `ARRIVAL_MS`. */
  late: number
  /** The longest that an acknowledged message was looked for after the traffic, while three nodes are dead, ms. */
  lastMs: number
  /** Told twice to a device that stayed. */
  doubled: number
  /** Told again to a device that had left before all home nodes knew of its accept: it knows what it has. */
  again: number
  lookups: number
  /** Lookups of an online address that found nothing, or failed. */
  missed: number
  /** From the kill until each client had its three links again, ms; Infinity where it had not within a minute. */
  relinked: number[]
}

/** Clients that write to each other and look each other up while three nodes die at once and two others join. */
export async function churnRun(net: ChurnNet, options: ChurnOptions): Promise<ChurnReport> {
  const run = new ChurnRun(net, options)
  try {
    return await run.run()
  } finally {
    await run.stop()
  }
}

interface Client {
  identity: OverlayIdentity
  to: Recipient
  overlay: Overlay
  contacts: Client[]
  online: boolean
  /** Over all of its stays. */
  received: Set<string>
}

class ChurnRun {
  readonly #net: ChurnNet
  readonly #options: ChurnOptions
  readonly #clients: Client[]
  /** Acknowledged envelopes by recipient. */
  readonly #acknowledged: { to: Client; id: string }[] = []
  readonly #killed = new Set<string>()
  #running = true
  #doubled = 0
  #again = 0
  #lookups = 0
  #missed = 0

  constructor(net: ChurnNet, options: ChurnOptions) {
    this.#net = net
    this.#options = options
    this.#clients = Array.from({ length: options.clients }, () => this.#create(testIdentity(), new Set()))
    this.#clients.forEach((client, index) => {
      for (let step = 1; step <= CONTACTS; step++)
        client.contacts.push(this.#clients[(index + step) % this.#clients.length] as Client)
    })
  }

  async run(): Promise<ChurnReport> {
    const { phaseMs, away, onPhase = () => {} } = this.#options
    onPhase('clients start')
    for (let from = 0; from < this.#clients.length; from += AT_ONCE)
      await Promise.all(this.#clients.slice(from, from + AT_ONCE).map((client) => this.#start(client)))
    onPhase('traffic')
    const loops = this.#clients.flatMap((client) => [this.#write(client), this.#look(client)])
    await later(phaseMs)
    const leaving = this.#clients.slice(0, away)
    await Promise.all(leaving.map((client) => this.#leave(client)))
    await later(phaseMs)
    onPhase('three nodes die')
    const killed = performance.now()
    for (const index of VICTIMS) this.#killed.add(this.#net.addresses[index] ?? '')
    await this.#net.kill([...VICTIMS])
    const staying = this.#clients.slice(away)
    const relinked = await Promise.all(
      staying.map(async (client) => {
        return (await this.#untilLinked(client)) ? performance.now() - killed : Infinity
      }),
    )
    await later(phaseMs)
    onPhase('two nodes join')
    await Promise.all([this.#net.join(), this.#net.join()])
    await later(phaseMs)
    onPhase('those away come back')
    await Promise.all(leaving.map((client) => this.#comeBack(client)))
    await later(phaseMs)
    this.#running = false
    await Promise.all(loops)
    onPhase('all is counted')
    const counted = performance.now()
    const missing = await this.#untilArrived()
    const lastMs = performance.now() - counted
    if (missing > 0) await this.#net.revive()
    const lost = missing > 0 ? await this.#untilArrived() : 0
    const [doubled, again, lookups, missed] = [this.#doubled, this.#again, this.#lookups, this.#missed]
    return {
      sent: this.#acknowledged.length,
      lost,
      late: missing - lost,
      lastMs,
      doubled,
      again,
      lookups,
      missed,
      relinked,
    }
  }

  async stop(): Promise<void> {
    this.#running = false
    await Promise.all(this.#clients.map(({ overlay }) => overlay.stop()))
  }

  #create(identity: OverlayIdentity, received: Set<string>): Client {
    const overlay = createOverlay({
      identity,
      chain: this.#net.chain,
      nodes: this.#net.addresses.slice(0, LINKS).map(parseNodeAddress),
      salt: this.#net.salt,
      ...(this.#net.registry && { registry: this.#net.registry }),
      clock: systemClock,
      random: systemRandom,
      log: this.#options.log ?? silentLog,
    })
    const { certificate } = identity
    const to = { address: certificate.addressText, device: certificate.deviceId }
    const client: Client = { identity, to, overlay, contacts: [], online: false, received }
    const told = new Set<string>()
    overlay.on('envelope', ({ bytes, accept }) => {
      const id = toHex(bytes.subarray(1, 17))
      if (told.has(id)) this.#doubled++
      else if (received.has(id)) this.#again++
      told.add(id)
      received.add(id)
      accept()
    })
    return client
  }

  async #start(client: Client): Promise<void> {
    client.overlay.setContacts(this.#clients.map(({ to }) => to.address))
    await client.overlay.start()
    await this.#untilLinked(client)
    client.online = true
  }

  async #leave(client: Client): Promise<void> {
    client.online = false
    await client.overlay.stop()
  }

  async #comeBack(client: Client): Promise<void> {
    client.overlay = this.#create(client.identity, client.received).overlay
    await this.#start(client)
  }

  async #untilLinked({ overlay }: Client): Promise<boolean> {
    const until = performance.now() + 60_000
    const isHome = ({ endpoint, state, home }: LinkStatus) =>
      state === 'connected' && home && ![...this.#killed].some((address) => address.startsWith(endpoint))
    const linked = () => overlay.links().filter(isHome).length
    while (linked() < LINKS && performance.now() < until) await later(20)
    return linked() >= LINKS
  }

  /** Sends one after the other; what is not acknowledged is sent again, as an outbox does. */
  async #write(client: Client): Promise<void> {
    while (this.#running) {
      await later(this.#options.pauseMs * (0.5 + Math.random()))
      if (!client.online) continue
      const to = client.contacts[Math.floor(Math.random() * CONTACTS)] as Client
      const id = systemRandom.bytes(16)
      const body = { Group: { groupId: new Uint8Array(32), message: systemRandom.bytes(200) } }
      const from = client.identity.certificate.devicePublicKey
      const bytes = encode(Envelope, { V1: { id, from, sentAt: Date.now(), body } }, MAX_ENVELOPE_BYTES)
      while (client.online || this.#running) {
        const result = await client.overlay.send(to.to, bytes, 'message', DAY_MS).catch(() => undefined)
        if (result) {
          this.#acknowledged.push({ to, id: toHex(id) })
          break
        }
        if (!this.#running) break
        await later(200)
      }
    }
  }

  async #look(client: Client): Promise<void> {
    while (this.#running) {
      await later(2 * this.#options.pauseMs * (0.5 + Math.random()))
      const whom = client.contacts[Math.floor(Math.random() * CONTACTS)] as Client
      if (!client.online || !whom.online) continue
      const found = await client.overlay.lookup(whom.to.address).catch(() => [])
      // Whoever has left meanwhile need not be found.
      if (!client.online || !whom.online) continue
      this.#lookups++
      if (found.length === 0) this.#missed++
    }
  }

  /** How many acknowledged envelopes have not arrived in time. */
  async #untilArrived(): Promise<number> {
    const missing = () => this.#acknowledged.filter(({ to, id }) => !to.received.has(id)).length
    const until = performance.now() + ARRIVAL_MS
    while (missing() > 0 && performance.now() < until) await later(50)
    return missing()
  }
}
