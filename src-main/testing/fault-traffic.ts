import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog, systemClock, systemRandom, toHex } from '../base/index.ts'
import {
  createOverlay,
  type Overlay,
  type OverlayIdentity,
  parseNodeAddress,
  type Recipient,
} from '../overlay/index.ts'
import { encode, Envelope, MAX_ENVELOPE_BYTES } from '../wire/index.ts'
import { chatFaults, FaultChats } from './fault-chats.ts'
import type { FaultNet } from './fault-net.ts'
import { testIdentity } from './testnet-nodes.ts'

const DAY_MS = 24 * 3_600_000
const CONTACTS = 4
const FIRST_NODES = 3
const AGAIN_MS = 200
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

interface Sent {
  from: number
  to: number
  /** Counts the messages of this sender to this recipient, from 0. */
  number: number
  acknowledged: boolean
}

export interface FaultClient {
  readonly index: number
  readonly identity: OverlayIdentity
  readonly to: Recipient
  overlay: Overlay
  online: boolean
}

export interface TrafficReport {
  acknowledged: number
  /** Acknowledged, and not arrived. */
  lost: number
  /** Told twice to one running device. */
  doubled: number
  /** Told again to a device that had left before its accept was known everywhere. Its own record of ids drops them: counted in `faults`, if not. */
  toldAgain: number
  /** Arrived behind a later one of the same sender. */
  overtaken: number
  /** By how many later ones at most. */
  furthest: number
  /** Of those overtaken, those that were sent before the first fault. */
  overtakenInCalm: number
  /** Not acknowledged at the end of the settling time. */
  stuck: number
  /** The longest that nothing was acknowledged to anybody, and that one message waited for its acknowledgement. */
  silenceMs: number
  waitedMs: number
}

/** Clients that write numbered messages to each other, each one after the other; some of them leave and come back. */
export class FaultTraffic {
  readonly clients: readonly FaultClient[]
  readonly #net: FaultNet
  readonly #sent = new Map<string, Sent>()
  /** For each recipient the ids in the order of their first arrival. */
  readonly #arrived: Set<string>[]
  readonly #next = new Map<string, number>()
  #writing = true
  #alive = true
  #calm = true
  readonly #calmIds = new Set<string>()
  readonly #loops: Promise<void>[] = []
  /** What each device has on its own disk. */
  #chats: FaultChats[] = []
  #folder: string | undefined
  #doubled = 0
  #toldAgain = 0
  #lastAt = 0
  #silenceMs = 0
  #waitedMs = 0

  constructor(net: FaultNet, clients: number) {
    this.#net = net
    this.#arrived = Array.from({ length: clients }, () => new Set<string>())
    this.clients = Array.from({ length: clients }, (_, index) => this.#client(index))
  }

  /** Resolves when everybody is linked and writes. */
  async start(pauseMs: number): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'parley-fault-devices-'))
    this.#folder = folder
    this.#chats = this.clients.map(({ index, to }) => new FaultChats(folder, index, to.address))
    await Promise.all(this.clients.map((client) => this.#enter(client)))
    this.#lastAt = performance.now()
    for (const client of this.clients) this.#run(this.#write(client, pauseMs))
  }

  /** From here on the order of arrival may suffer, and so many leave and come back again and again. */
  endCalm(away: number): void {
    this.#calm = false
    for (const client of this.clients.slice(0, away)) this.#run(this.#comeAndGo(client))
  }

  /** Writes nothing new; resolves when all that was written is acknowledged and has arrived, or after `ms`. */
  async settle(ms: number): Promise<void> {
    this.#writing = false
    const until = performance.now() + ms
    const isDone = () => [...this.#sent].every(([id, sent]) => sent.acknowledged && this.#arrived[sent.to]?.has(id))
    while (!isDone() && performance.now() < until) await later(250)
    this.#alive = false
    await Promise.all(this.#loops)
  }

  async stop(): Promise<void> {
    this.#writing = this.#alive = false
    await Promise.all(this.clients.map(({ overlay }) => overlay.stop()))
    for (const chats of this.#chats) chats.close()
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true })
  }

  report(): TrafficReport {
    const sent = [...this.#sent]
    const acknowledged = sent.filter(([, message]) => message.acknowledged)
    return {
      acknowledged: acknowledged.length,
      lost: acknowledged.filter(([id, { to }]) => !this.#arrived[to]?.has(id)).length,
      doubled: this.#doubled,
      toldAgain: this.#toldAgain,
      ...this.#order(),
      stuck: sent.length - acknowledged.length,
      silenceMs: this.#silenceMs,
      waitedMs: this.#waitedMs,
    }
  }

  /** What each device must have and has not, once and in the order of its writer, in words. */
  faults(): string[] {
    return this.#chats.flatMap((chats, to) =>
      this.clients.flatMap(({ to: { address } }, from) => {
        const sent = [...this.#sent.values()].filter((one) => one.from === from && one.to === to && one.acknowledged)
        const wrong = chatFaults(
          chats.numbers(address),
          sent.map(({ number }) => number),
        )
        return wrong.map((words) => `device ${to}, what ${from} wrote: ${words}`)
      }),
    )
  }

  /** What a loop throws is thrown by `settle`; until then nobody waits for it. */
  #run(loop: Promise<void>): void {
    loop.catch(() => {})
    this.#loops.push(loop)
  }

  #order(): Pick<TrafficReport, 'overtaken' | 'furthest' | 'overtakenInCalm'> {
    let [overtaken, furthest, overtakenInCalm] = [0, 0, 0]
    for (const ids of this.#arrived) {
      const newest = new Map<number, number>()
      for (const id of ids) {
        const { from, number } = this.#sent.get(id) as Sent
        const before = newest.get(from) ?? -1
        newest.set(from, Math.max(before, number))
        if (number > before) continue
        overtaken++
        furthest = Math.max(furthest, before - number)
        if (this.#calmIds.has(id)) overtakenInCalm++
      }
    }
    return { overtaken, furthest, overtakenInCalm }
  }

  #client(index: number): FaultClient {
    const identity = testIdentity()
    const { addressText: address, deviceId: device } = identity.certificate
    const client = { index, identity, to: { address, device }, online: false }
    return { ...client, overlay: this.#overlay(identity, index) }
  }

  #overlay(identity: OverlayIdentity, index: number): Overlay {
    // Each begins at other nodes, as people do.
    const { nodes } = this.#net
    const given = nodes.map((_, step) => nodes[(index + step) % nodes.length]?.address ?? '').slice(0, FIRST_NODES)
    const { chain, salt } = this.#net
    const parts = { clock: systemClock, random: systemRandom, log: silentLog }
    const overlay = createOverlay({ identity, chain, nodes: given.map(parseNodeAddress), salt, ...parts })
    const toldHere = new Set<string>()
    overlay.on('envelope', ({ bytes, accept }) => {
      const id = toHex(bytes.subarray(1, 17))
      const arrived = this.#arrived[index]
      if (toldHere.has(id)) this.#doubled++
      else if (arrived?.has(id)) this.#toldAgain++
      toldHere.add(id)
      arrived?.add(id)
      this.#chats[index]?.take(bytes)
      accept()
    })
    return overlay
  }

  async #enter(client: FaultClient): Promise<void> {
    client.overlay.setContacts(this.clients.map(({ to }) => to.address))
    await client.overlay.start()
    client.online = true
    while (this.#alive && !client.overlay.links().some(({ state }) => state === 'connected')) await later(50)
    await client.overlay.contactsTold()
  }

  /** A while there, a while away: its mail waits. It is there at the end. */
  async #comeAndGo(client: FaultClient): Promise<void> {
    while (this.#writing) {
      await later(3_000 + 5_000 * Math.random())
      if (!this.#writing) return
      client.online = false
      await client.overlay.stop()
      await later(1_000 + 4_000 * Math.random())
      client.overlay = this.#overlay(client.identity, client.index)
      await this.#enter(client)
    }
  }

  async #write(client: FaultClient, pauseMs: number): Promise<void> {
    while (this.#writing) {
      await later(pauseMs * (0.5 + Math.random()))
      if (!client.online || !this.#writing) continue
      const to = this.clients[(client.index + 1 + Math.floor(Math.random() * CONTACTS)) % this.clients.length]
      if (to) await this.#send(client, to)
    }
  }

  /** Sends the same bytes until they are acknowledged, as an outbox does. */
  async #send(client: FaultClient, to: FaultClient): Promise<void> {
    const id = systemRandom.bytes(16)
    const pair = `${client.index} ${to.index}`
    const number = this.#next.get(pair) ?? 0
    this.#next.set(pair, number + 1)
    const sent = { from: client.index, to: to.index, number, acknowledged: false }
    this.#sent.set(toHex(id), sent)
    if (this.#calm) this.#calmIds.add(toHex(id))
    const message = this.#chats[client.index]?.write(id, to.to.address, number) ?? new Uint8Array(0)
    const body = { Group: { groupId: new Uint8Array(32), message } }
    const from = client.identity.certificate.devicePublicKey
    const bytes = encode(Envelope, { V1: { id, from, sentAt: Date.now(), body } }, MAX_ENVELOPE_BYTES)
    const began = performance.now()
    while (this.#alive) {
      const result = await client.overlay.send(to.to, bytes, 'message', DAY_MS).catch(() => undefined)
      if (result) break
      await later(AGAIN_MS)
    }
    if (!this.#alive) return
    sent.acknowledged = true
    const now = performance.now()
    this.#waitedMs = Math.max(this.#waitedMs, now - began)
    this.#silenceMs = Math.max(this.#silenceMs, now - this.#lastAt)
    this.#lastAt = now
  }
}
