import { ParleyError } from '../contract/index.ts'
import type { DeviceCertificate } from '../wire/index.ts'

/** `0x` and 64 digits. */
const ADDRESS_LENGTH = 66

/**
 * The conversation of this device with one other device, apart from the two people's own conversation: what is said between
 * members of a room who need not be contacts.
 */
export function pairChat(address: string, device: string): string {
  return `${address}/${device}`
}

/** The other's address of a conversation: the chat itself, or what it begins with. */
export function personOf(chat: string): string {
  return chat.slice(0, ADDRESS_LENGTH)
}

/** A 1:1 conversation's group has devices of these two addresses and of nobody else, and at least one of the other's. */
export function requireOnly(members: DeviceCertificate[], own: string, other: string): void {
  const addresses = members.map((member) => member.addressText)
  if (addresses.some((address) => address !== own && address !== other))
    throw new ParleyError('unauthorized', 'The invitation brings another person into the conversation.')
  if (!addresses.includes(other)) throw new ParleyError('invalid_params', 'The other is not in this conversation.')
}

/**
 * Whether a group that was just joined takes the place of the active one (PROTOCOL section 8). Two that invite each
 * other at once make rivals: the group of the lower address wins on both sides. It is no rival where the same person
 * made both, or where the maker is on a device that the active group does not know: then the newer one wins.
 */
export function replaces(
  joined: { creator: string; creatorDevice: string },
  active: { creator: string; devices: string[] } | undefined,
): boolean {
  if (!active || active.creator === joined.creator) return true
  if (!active.devices.includes(joined.creatorDevice)) return true
  return joined.creator < active.creator
}
