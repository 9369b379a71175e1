import type { IceServer } from '../overlay/index.ts'
import { createPeers, type PeerOptions, type Peers } from '../peer/index.ts'
import type { AccountContext, Ways } from './account-types.ts'
import { NetworkWatch } from './network-watch.ts'
import { readSettings } from './settings.ts'

/** The direct connections of an account: to devices that it knows, with data only for rooms that both are in. */
export function createDirectPeers(account: AccountContext): Peers {
  const { identity, devices, signalling, parts, ways } = account
  const { runtime, clock, random, log } = parts
  return createPeers({
    deviceId: identity.deviceId,
    addressOf: (device) => (device === identity.deviceId ? identity.address : devices.addressOf(device)),
    signalling,
    wantsData: (device, label) => account.rooms.live.wantsData(device, label),
    spawn: runtime.spawnPeerProcess,
    options: ways.options(),
    ...{ clock, random, log },
  })
}

/** By which ways direct connections may go: the user's choice, the servers that the nodes name, the network of the machine. */
export class DirectWays implements Ways {
  readonly #account: AccountContext
  readonly #watch: NetworkWatch
  #servers: readonly IceServer[] = []

  constructor(account: AccountContext) {
    this.#account = account
    this.#watch = new NetworkWatch(account.parts.clock, () => {
      account.parts.log.debug({}, 'the network has changed')
      account.overlay?.checkLinks()
      account.peers.checkPaths()
    })
  }

  start(): void {
    this.#watch.start()
  }

  stop(): void {
    this.#watch.stop()
  }

  /** No STUN or TURN server is asked but those that the nodes name which the user chose. */
  options(): PeerOptions {
    const { store, parts } = this.#account
    const { bindAddress } = parts
    const direct = readSettings(store).directConnections
    return { iceServers: this.#servers, direct, ...(bindAddress === undefined ? {} : { bindAddress }) }
  }

  /** The settings have changed. */
  apply(): void {
    this.#account.peers.setOptions(this.options())
  }

  /** Servers with fresh credentials. Whoever hides their address had no way before the first of them. */
  use(servers: readonly IceServer[]): void {
    const isFirst = this.#servers.length === 0
    this.#servers = servers
    this.apply()
    const { store, overlay } = this.#account
    if (!isFirst) return
    for (const { address } of store.contacts.list()) if (overlay?.isOnline(address)) this.#account.reach(address)
  }
}
