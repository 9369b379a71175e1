import { type Clock, type Log } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { type LinkBody, MAX_FRAME_PACKAGES, type NodeRecordValue } from '../../wire/index.ts'
import { Buckets } from '../limits/buckets.ts'
import type { NodeLimits } from '../limits/limits.ts'
import type { DeviceRegistry, StoredKeyPackage } from '../mailbox/registry.ts'
import { checkPresence } from '../presence/packet.ts'
import { checkPublished } from '../mailbox/key-package.ts'
import type { Revocations } from '../mailbox/revocations.ts'
import { heldPresence, type PresenceTable } from '../presence/table.ts'
import { askAll } from '../sector/ask.ts'
import type { NodePeers } from './peers.ts'
import type { Siblings } from './siblings.ts'
import type { Source } from './source.ts'

/** A node that answers answers in milliseconds; a silent one must not make a lookup wait for long. */
const LOOKUP_MS = 2_000
/** Where presence counts that another process of this node told. */
const SIBLINGS = 'siblings'

interface Parts {
  table: PresenceTable
  registry: DeviceRegistry
  peers: NodePeers
  revocations: Revocations
  siblings: Pick<Siblings, 'tell'>
  /** Throws while the chain is not known. */
  chain: () => string
  limits: Pick<NodeLimits, 'presences'>
  clock: Clock
  log: Log
}

/** Presence and key packages across the home nodes of an address. `ask`: whether other nodes may be asked. */
export class Directory {
  readonly #parts: Parts
  /** Presence packets by the node that tells them: each costs two checks of a signature. */
  readonly #told: Buckets

  constructor(parts: Parts) {
    this.#parts = parts
    this.#told = new Buckets(parts.clock, parts.limits.presences)
  }

  /**
   * Checks and keeps a packet. A device puts only its own; a node any, within its rate. Only news travels on. Throws what
   * `checkPresence` and the table throw, `unauthorized`, `revoked` or `rate_limited`.
   */
  putPresence(signed: Uint8Array, source: Source): void {
    const { table, clock, chain, revocations } = this.#parts
    // Several nodes pass the same packet on: it is checked once.
    if (source.kind === 'node' && table.holds(signed)) return
    if (source.kind === 'node') this.#told.require(source.owner)
    const packet = checkPresence(signed, chain(), clock.now())
    if (source.kind === 'device' && packet.checked.deviceId !== source.device)
      throw new ParleyError('unauthorized', 'A device publishes its own presence only.')
    revocations.refuse(packet.checked.addressText, packet.checked.deviceId)
    const isNode = source.kind === 'node'
    if (!table.put(heldPresence(packet), isNode ? source.owner : source.network, isNode)) return
    this.#parts.siblings.tell(signed)
    if (isNode) return
    // What is missed: it has the packet from the device itself, or gets the next one within half a minute.
    this.#pass(signed, this.#keepers(packet.checked.addressText))
  }

  /** A packet from another process of this node: it has told everybody else. */
  hear(signed: Uint8Array): void {
    const { table, clock, chain, revocations } = this.#parts
    const packet = checkPresence(signed, chain(), clock.now())
    revocations.refuse(packet.checked.addressText, packet.checked.deviceId)
    table.put(heldPresence(packet), SIBLINGS, true)
  }

  /** The other home nodes; from the first of them also the other candidates, who are found when all home nodes die at once. */
  #keepers(address: string): NodeRecordValue[] {
    const { others, spare, first } = this.#parts.peers.sector(address)
    return first ? [...others, ...spare] : others
  }

  #pass(packet: Uint8Array, nodes: readonly NodeRecordValue[]): void {
    for (const node of nodes)
      this.#parts.peers
        .request(node, 'putPresence', { packet }, 'ok')
        .catch((error: unknown) => this.#parts.log.debug({ err: error }, 'a presence packet was not passed on'))
  }

  /** Packets that another node pushed or answered. */
  learn(packets: readonly Uint8Array[], nodeKey: string): void {
    for (const packet of packets) {
      try {
        this.putPresence(packet, { kind: 'node', owner: nodeKey })
      } catch (error) {
        this.#parts.log.debug({ err: error }, 'a pushed presence packet was refused')
      }
    }
  }

  /** The packets of an address of which a device is here; undefined where none is. */
  known(address: string): Uint8Array[] | undefined {
    const packets = this.#parts.table.packets(address)
    return packets.some(({ goodbye }) => !goodbye) ? packets.map(({ signed }) => signed) : undefined
  }

  /**
   * What is known of an address, goodbyes included. `ask`: where no device of it is here, all candidates are asked at once;
   * the first living packet is the answer, and the home nodes that lacked it are told (read repair).
   */
  async presence(address: string, ask: boolean): Promise<Uint8Array[]> {
    const { table, log } = this.#parts
    if (ask && table.living(address).length === 0)
      await askAll(
        this.#candidates(address),
        (node) => this.#ask(node, address),
        (error) => log.debug({ err: error }, 'another node was not asked for a presence'),
      )
    return table.packets(address).map(({ signed }) => signed)
  }

  #candidates(address: string): NodeRecordValue[] {
    const { others, spare } = this.#parts.peers.sector(address)
    return [...others, ...spare]
  }

  /** True when the node had a living packet. */
  async #ask(node: NodeRecordValue, address: string): Promise<true | undefined> {
    const { peers, table } = this.#parts
    const had = new Set(table.packets(address).map(({ signed }) => signed))
    const { packets } = await peers.request(node, 'getPresence', { address }, 'presence', LOOKUP_MS)
    this.learn(packets, node.nodeKey)
    const news = table.living(address).filter(({ signed }) => !had.has(signed))
    if (news.length === 0) return table.living(address).length > 0 || undefined
    const lacking = peers.sector(address).others.filter(({ nodeKey }) => nodeKey !== node.nodeKey)
    for (const { signed } of news) this.#pass(signed, lacking)
    return true
  }

  /** One package for each device: `unused` ones from here, then, with `ask`, from the other home nodes, then last resorts. */
  async takeKeyPackages(
    { address, devices, lastResort }: LinkBody<'takeKeyPackages'>,
    { ask, unused }: { ask: boolean; unused: boolean },
  ): Promise<StoredKeyPackage[]> {
    const { registry, clock, revocations } = this.#parts
    const known = registry.devices(address, clock.now())
    const wanted = devices.length > 0 ? known.filter((device) => devices.includes(device)) : known
    const found = new Map<string, StoredKeyPackage>()
    const add = (packages: StoredKeyPackage[]) => {
      for (const entry of packages)
        if (!revocations.has(address, entry.device) && found.size < MAX_FRAME_PACKAGES && !found.has(entry.device))
          found.set(entry.device, entry)
    }
    const missing = () => wanted.filter((device) => !found.has(device))
    if (unused) add(await registry.take(address, wanted))
    for (const node of ask ? this.#candidates(address) : []) {
      if (wanted.length > 0 && missing().length === 0) break
      const body = { address, devices: wanted.length > 0 ? missing() : devices, lastResort: wanted.length === 0 }
      add(await this.#takeAt(node, body))
      if (wanted.length === 0 && found.size > 0) break
    }
    if (lastResort) add(registry.lastResorts(address, missing()))
    return [...found.values()]
  }

  /** What holds of its answer, and was asked for: whatever else it says, the next node is asked as if it had said nothing. */
  async #takeAt(node: NodeRecordValue, body: LinkBody<'takeKeyPackages'>): Promise<StoredKeyPackage[]> {
    const { peers, clock, log } = this.#parts
    const { address, devices, lastResort } = body
    try {
      const { packages } = await peers.request(node, 'takeKeyPackages', body, 'keyPackages')
      return packages.flatMap((entry) => {
        const { deviceId: device } = checkPublished(address, entry, clock.now())
        const isAsked = devices.length === 0 || devices.includes(device)
        return isAsked && (lastResort || entry.signed.version === 0) ? [{ ...entry, device }] : []
      })
    } catch (error) {
      log.debug({ err: error }, 'another node gave no key packages that hold')
      return []
    }
  }
}
