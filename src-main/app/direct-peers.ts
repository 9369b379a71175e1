import type { Settings } from '../contract/index.ts'
import { createPeers, type PeerOptions, type Peers } from '../peer/index.ts'
import type { AccountContext } from './account-types.ts'
import { readSettings } from './settings.ts'

/** The direct connections of an account: to devices that it knows, with data only for rooms that both are in. */
export function createDirectPeers(account: AccountContext): Peers {
  const { identity, store, devices, signalling, parts } = account
  const { runtime, bindAddress, clock, random, log } = parts
  return createPeers({
    deviceId: identity.deviceId,
    addressOf: (device) => (device === identity.deviceId ? identity.address : devices.addressOf(device)),
    signalling,
    wantsData: (device, label) => account.rooms.live.wantsData(device, label),
    spawn: runtime.spawnPeerProcess,
    options: peerOptions(readSettings(store), bindAddress),
    ...{ clock, random, log },
  })
}

/** No STUN or TURN server is asked that the user did not choose. */
export function peerOptions(settings: Settings, bindAddress: string | undefined): PeerOptions {
  return { iceServers: [], direct: settings.directConnections, ...(bindAddress === undefined ? {} : { bindAddress }) }
}
