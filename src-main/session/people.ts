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

/** A group as far as it decides which one of several is gone on with. */
interface Rival {
  /** Hex. */
  groupId: string
  creator: string
  generation: number
}

/**
 * Whether a group that was just joined takes the place of the active one (PROTOCOL section 8). The one that knew of more groups
 * before it wins; of those that were made at once the one of the lower address, then the one of the lower id: so all devices
 * come to the same one, in whatever order they hear of them. A maker who begins anew, on a device that the active group does not
 * know, has no group left to go on with: then the newer one wins. Without a generation (`undefined`) the newer one of one maker wins.
 */
export function replaces(
  joined: Omit<Rival, 'generation'> & { generation: number | undefined; creatorDevice: string },
  active: (Rival & { devices: string[] }) | undefined,
): boolean {
  if (!active) return true
  const isFresh = joined.generation === undefined || joined.generation === 0
  if (isFresh && !active.devices.includes(joined.creatorDevice)) return true
  if (joined.generation !== undefined && joined.generation !== active.generation)
    return joined.generation > active.generation
  if (joined.creator !== active.creator) return joined.creator < active.creator
  return joined.generation === undefined || joined.groupId < active.groupId
}
