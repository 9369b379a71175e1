import { concat, fromHex, toHex } from '../../base/index.ts'
import { ParleyError, toParleyError } from '../../contract/index.ts'
import type { Room } from './room.ts'
import type { RoomPeers } from './types.ts'

const ROOM_BYTES = 32
const ID_BYTES = 16

/** What a transfer is, as it travels with it: the room and the data's id. */
export function dataLabel(room: string, dataId: string): Uint8Array<ArrayBuffer> {
  return concat(fromHex(room), fromHex(dataId))
}

/** Undefined for anything else. */
export function readDataLabel(label: Uint8Array): { room: string; dataId: string } | undefined {
  if (label.length !== ROOM_BYTES + ID_BYTES) return undefined
  return { room: `0x${toHex(label.subarray(0, ROOM_BYTES))}`, dataId: toHex(label.subarray(ROOM_BYTES)) }
}

/**
 * Sends bytes to every connected member, or to the devices of one; answers how many have all of it. Throws `offline` where
 * nobody is connected, and where nobody got it the reason of the first.
 */
export async function sendToMembers(
  peers: RoomPeers,
  room: Room,
  to: string | undefined,
  bytes: Uint8Array,
  dataId: string,
): Promise<number> {
  const members = room.members.connected().filter(({ address }) => to === undefined || address === to)
  if (members.length === 0)
    throw new ParleyError('offline', to === undefined ? 'Nobody is in the room now.' : 'This member is not there now.')
  const label = dataLabel(room.id, dataId)
  const sent = await Promise.allSettled(members.map(({ device }) => peers.sendData(device, bytes, { label })))
  const arrived = sent.filter(({ status }) => status === 'fulfilled').length
  const [failed] = sent.filter((result) => result.status === 'rejected')
  if (arrived === 0 && failed) throw toParleyError(failed.reason)
  return arrived
}
