import type { InboxHandlers } from '../post/index.ts'
import type { MessageRow } from '../store/index.ts'
import type { AccountContext } from './account-types.ts'

/** Gives what arrives to the feature that it is for; only an accepted contact gets further than a request. */
export function inboxHandlers(account: AccountContext): InboxHandlers {
  const { store, chats, receipts, payments, requests, devices, contacts, rooms, ownDevices, identity } = account
  const fresh = new Map<object, MessageRow>()
  const moved = new Map<object, ReturnType<typeof receipts.take>>()
  const isContact = (address: string) => store.contacts.get(address)?.state === 'accepted'
  const isBlocked = (address: string) => store.contacts.get(address)?.state === 'blocked'
  /** Also what was recorded before the revocation: nobody can tell it from what a thief sends. */
  const isRevoked = (address: string, device: string) => {
    if (!store.revocations.has(address, device)) return false
    account.parts.log.warn({ device: device.slice(0, 8) }, 'an envelope of a revoked device was dropped')
    return true
  }
  return {
    onEvent: (arrival) => {
      if (!isContact(arrival.chat) || isRevoked(arrival.author, arrival.device)) return
      const row = chats.take(arrival) ?? payments.take(arrival)
      if (row) fresh.set(arrival, row)
      else moved.set(arrival, receipts.take(arrival))
    },
    afterEvent: (arrival) => {
      const row = fresh.get(arrival)
      fresh.delete(arrival)
      for (const change of moved.get(arrival) ?? []) chats.announceState(arrival.chat, change.messageId, change.state)
      moved.delete(arrival)
      if (isRevoked(arrival.author, arrival.device)) return
      if (row) chats.announce(row)
      if (isContact(arrival.chat)) payments.taken(arrival)
      const { Text, PaymentRequest } = arrival.event.body
      if ((Text || PaymentRequest) && arrival.author === arrival.chat && isContact(arrival.chat))
        receipts.arrived(arrival.chat, Buffer.from(arrival.event.id).toString('hex'))
    },
    onSealed: async (sender, content) => {
      if (isRevoked(sender.addressText, sender.deviceId)) return
      if (content.Signal) {
        if (!isContact(sender.addressText) && !(rooms.live.knows(sender.deviceId) && !isBlocked(sender.addressText)))
          return
        devices.learn(sender)
        account.signalling.receive(sender.deviceId, content.Signal)
        return
      }
      if (!isBlocked(sender.addressText)) devices.learn(sender)
      if (content.ResyncRequest && sender.addressText === identity.address) return ownDevices.asked(sender.deviceId)
      await requests.onSealed(sender, content)
    },
    onRepeat: (device) => {
      const address = devices.addressOf(device)
      if (!address || !isContact(address)) return
      receipts.repeat(address)
    },
    onUnreadable: async (device) => {
      const address = devices.addressOf(device) ?? findContact(device)
      if (!address) return
      // Asked for by a message, each of the other's devices would make a group of its own with this one.
      const group = store.groups.active(address)
      const isOurs = group?.log !== undefined && group.creator === identity.address
      if (!isOurs || !account.keyUpdates.beginAnew(address)) requests.askResync(address)
    },
  }

  function findContact(device: string): string | undefined {
    return contacts.list().find((contact) => devices.idsOf(contact.address).includes(device))?.address
  }
}
