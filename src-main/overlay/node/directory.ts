import { type Clock, type Log } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { type LinkBody, MAX_FRAME_PACKAGES } from '../../wire/index.ts'
import type { DeviceRegistry, StoredKeyPackage } from '../mailbox/registry.ts'
import { checkPresence } from '../presence/packet.ts'
import type { Revocations } from '../mailbox/revocations.ts'
import type { PresenceTable } from '../presence/table.ts'
import type { NodePeers } from './peers.ts'

interface Parts {
  table: PresenceTable
  registry: DeviceRegistry
  peers: NodePeers
  revocations: Revocations
  /** Throws while the chain is not known. */
  chain: () => string
  clock: Clock
  log: Log
}

/** Presence and key packages across the home nodes of an address. `ask`: whether other nodes may be asked. */
export class Directory {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Checks and keeps a packet. A device puts only its own (`device`); a node any. Only news travels on. */
  putPresence(signed: Uint8Array, device: string | undefined): void {
    const { table, clock, chain, revocations } = this.#parts
    const packet = checkPresence(signed, chain(), clock.now())
    if (device !== undefined && packet.checked.deviceId !== device)
      throw new ParleyError('unauthorized', 'A device publishes its own presence only.')
    revocations.refuse(packet.checked.addressText, packet.checked.deviceId)
    if (!table.put(packet) || device === undefined) return
    const { others } = this.#parts.peers.homes(packet.checked.addressText)
    for (const node of others)
      this.#parts.peers
        .request(node, 'putPresence', { packet: signed }, 'ok')
        // It has the packet from the device itself, or gets the next one within half a minute.
        .catch((error: unknown) => this.#parts.log.debug({ err: error }, 'a presence packet was not passed on'))
  }

  /** Packets pushed by another node. */
  learn(packets: readonly Uint8Array[]): void {
    for (const packet of packets) {
      try {
        this.putPresence(packet, undefined)
      } catch (error) {
        this.#parts.log.debug({ err: error }, 'a pushed presence packet was refused')
      }
    }
  }

  async presence(address: string, ask: boolean): Promise<Uint8Array[]> {
    const { table, peers } = this.#parts
    const { others } = peers.homes(address)
    if (ask)
      for (const node of others) {
        if (table.living(address).length > 0) break
        const answer = await peers.request(node, 'getPresence', { address }, 'presence').catch(() => undefined)
        this.learn(answer?.packets ?? [])
      }
    return table.packets(address).map(({ signed }) => signed)
  }

  /** One package for each device: unused ones from here, then from the other home nodes, then last resorts. */
  async takeKeyPackages(
    { address, devices, lastResort }: LinkBody<'takeKeyPackages'>,
    ask: boolean,
  ): Promise<StoredKeyPackage[]> {
    const { registry, clock, peers, revocations } = this.#parts
    const known = registry.devices(address, clock.now())
    const wanted = devices.length > 0 ? known.filter((device) => devices.includes(device)) : known
    const found = new Map<string, StoredKeyPackage>()
    const add = (packages: StoredKeyPackage[]) => {
      for (const entry of packages)
        if (!revocations.has(address, entry.device) && found.size < MAX_FRAME_PACKAGES && !found.has(entry.device))
          found.set(entry.device, entry)
    }
    const missing = () => wanted.filter((device) => !found.has(device))
    add(await registry.take(address, wanted))
    const { others } = peers.homes(address)
    for (const node of ask ? others : []) {
      if (wanted.length > 0 && missing().length === 0) break
      add(await this.#takeAt(node, address, missing(), wanted.length === 0))
      if (wanted.length === 0 && found.size > 0) break
    }
    if (lastResort) add(registry.lastResorts(address, missing()))
    return [...found.values()]
  }

  async #takeAt(
    node: Parameters<NodePeers['request']>[0],
    address: string,
    devices: string[],
    lastResort: boolean,
  ): Promise<StoredKeyPackage[]> {
    const body = { address, devices, lastResort }
    const answer = await this.#parts.peers
      .request(node, 'takeKeyPackages', body, 'keyPackages')
      .catch(() => ({ packages: [] }))
    // The owner's device key stands in its certificate; the taker checks it. Here it only tells packages apart.
    return answer.packages.map((entry) => ({ ...entry, device: deviceIn(entry.certificate) }))
  }
}

/** Hex of the device key's place in a signed certificate (wire/identity.ts): length, version, address, wallet key. */
function deviceIn(certificate: Uint8Array): string {
  const lengthBytes = (certificate[0] ?? 0) >= 0x80 ? 2 : 1
  const start = lengthBytes + 1 + 64
  return Buffer.from(certificate.subarray(start, start + 32)).toString('hex')
}
