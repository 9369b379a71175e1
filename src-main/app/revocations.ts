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
