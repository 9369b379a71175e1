import { toParleyError } from '../contract/index.ts'
import type { RevocationBook } from '../overlay/index.ts'
import type { DeviceRevocation } from '../wire/index.ts'
import type { AccountContext } from './account-types.ts'

/** The revocations in this account's database, for the overlay. */
export function revocationBook({ store, identity }: AccountContext): RevocationBook {
  return {
    has: (address, device) => store.revocations.has(address, device),
    own: () => store.revocations.of(identity.address).map(({ signed }) => signed),
  }
}

/** Keeps a checked revocation of a contact or of this address, and leaves its device out of everything from now on. */
export function onRevocation(account: AccountContext, revocation: DeviceRevocation): void {
  const { store, identity, devices, peers, requests, parts } = account
  const { addressText: address, deviceId: device, signed, revokedAt } = revocation
  if (address !== identity.address && !store.contacts.get(address)) return
  const label = devices.get(device)?.label ?? ''
  if (!store.revocations.add({ address, device, signed, label, revokedAt })) return
  parts.log.info({ device: device.slice(0, 8) }, 'a device was revoked by its owner')
  devices.forget(address, device)
  peers.disconnect(device)
  if (address !== identity.address) requests.renewGroup(address)
}

/** On disk first; a node that cannot be told now is told when it is next linked. */
export async function publishRevocation(account: AccountContext, revocation: DeviceRevocation): Promise<void> {
  onRevocation(account, revocation)
  try {
    await account.overlay?.publishRevocation(revocation.signed)
  } catch (thrown) {
    const { code } = toParleyError(thrown)
    if (code !== 'offline' && code !== 'timeout') throw thrown
    account.parts.log.warn({ code }, 'a revocation waits for a link')
  }
}

/** This device, those that the nodes know, and those that were revoked. */
export async function listDevices({ identity, overlay, store }: AccountContext) {
  const [known, living] = overlay
    ? await Promise.all([overlay.ownDevices(), overlay.lookup(identity.address)]).catch(() => [[], []])
    : [[], []]
  const online = new Set(living.map((presence) => presence.checked.deviceId))
  const revoked = store.revocations.of(identity.address)
  const gone = new Set(revoked.map(({ device }) => device))
  const others = known.filter(({ deviceId }) => deviceId !== identity.deviceId && !gone.has(deviceId))
  return [
    { deviceId: identity.deviceId, label: identity.certificate.label, thisDevice: true, online: true, revoked: false },
    ...others.map(({ deviceId, label }) => ({
      deviceId,
      label,
      thisDevice: false,
      online: online.has(deviceId),
      revoked: false,
    })),
    ...revoked.map(({ device, label }) => ({
      deviceId: device,
      label,
      thisDevice: false,
      online: false,
      revoked: true,
    })),
  ]
}
