import { ParleyError, toParleyError } from '../contract/index.ts'
import { verifyCertificate } from '../crypto/index.ts'
import type { ContactNetwork } from '../features/contacts/index.ts'
import { makeEnvelope, sealContent } from '../post/index.ts'
import type { AccountContext } from './account-types.ts'

/** What contacts need of the network, from the parts of an account; quiet while there is no overlay yet. */
export function contactNetwork(account: AccountContext): ContactNetwork {
  const { clock, random, log } = account.parts
  /** Those that hold, of devices that were not revoked. */
  const taken = async (address: string, devices: readonly string[] = []) => {
    if (!account.overlay) throw new ParleyError('offline', 'Parley has no connection yet.')
    const published = await account.overlay.takeKeyPackages(address, devices)
    return published.flatMap(({ certificate, keyPackage }) => {
      try {
        const device = verifyCertificate(certificate, clock.now())
        account.devices.learn(device)
        const revoked = account.store.revocations.has(device.addressText, device.deviceId)
        return device.addressText === address && !revoked ? [{ device, keyPackage }] : []
      } catch (thrown) {
        log.warn({ code: toParleyError(thrown).code }, 'a key package was refused')
        return []
      }
    })
  }
  return {
    isOnline: (address) =>
      (account.overlay?.isOnline(address) ?? false) ||
      account.devices.idsOf(address).some((device) => account.peers.isOpen(device)),
    setContacts: (addresses) => account.overlay?.setContacts(addresses),
    devicesOf: async (address) => {
      const found = account.ion.reaches(address) ? [] : await account.devices.of(address)
      if (found.length > 0) return found
      const card = await account.ion.cardOf(address)
      return card ? [card.device] : []
    },
    takeKeyPackages: async (address) => {
      const found = account.ion.reaches(address) ? [] : await taken(address)
      if (found.length > 0) return found
      const card = await account.ion.cardOf(address)
      return card ? [card] : []
    },
    ownKeyPackages: async (wanted) => {
      // By the ledger each would cost something: they are let in when there is a node again.
      if (account.ion.usable || !account.overlay) return []
      const { address, deviceId: own } = account.identity
      const known = wanted ?? (await account.overlay.ownDevices()).map(({ deviceId }) => deviceId)
      const others = known.filter((id) => id !== own)
      return others.length === 0 ? [] : (await taken(address, others)).filter(({ device }) => device.deviceId !== own)
    },
    ownDevice: account.identity.deviceId,
    seal: async (device, content) => {
      if (!account.sealer) throw new ParleyError('offline', 'Parley has no connection yet.')
      const body = await sealContent(account.sealer, device, content, clock.now())
      return makeEnvelope(account.identity.deviceId, body, clock.now(), random)
    },
    wake: () => account.delivery.wake(),
    hasten: (address) => account.delivery.hasten(address),
    postageOf: (address) => {
      const { postage } = account.relay.fees
      const asks = postage.book.asks(address)
      if (!asks) return undefined
      const { node, endpoint, nanos } = asks
      return { nanos, nodeId: node, endpoint, missing: postage.missing(address), agreed: postage.book.room(address) }
    },
    agreePostage: (address, nanos) => account.relay.fees.postage.book.agree(address, nanos),
    forgetPostage: (address) => account.relay.fees.postage.book.forget(address),
  }
}
