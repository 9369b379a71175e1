import { toHex } from '../../base/index.ts'
import { ParleyError, type Room } from '../../contract/index.ts'
import type { RoomRow } from '../../store/index.ts'
import { decodeStrict, Envelope, MAX_ENVELOPE_BYTES } from '../../wire/index.ts'
import type { Member } from './members.ts'
import { roomLink } from './secret.ts'

/** A room as it is shown. */
export function viewOf(
  row: RoomRow,
  members: Member[],
  reason: string | undefined,
  rttMs: (device: string) => number | undefined,
): Room {
  const open = members.some((member) => member.connected)
  const state = open ? 'open' : reason === undefined ? 'joining' : 'paused'
  return {
    id: row.id,
    title: row.title,
    link: roomLink(row.secret, row.title),
    state,
    ...(state === 'paused' && reason !== undefined ? { reason } : {}),
    members: members.map(({ address, device, name, connected }) => {
      const rtt = connected ? rttMs(device) : undefined
      const path = connected ? ('direct' as const) : ('offline' as const)
      return { address, deviceId: device, name, path, ...(rtt === undefined ? {} : { rttMs: rtt }) }
    }),
    spent: row.spent,
    joinedAt: row.joinedAt,
  }
}

export function noDirect(): ParleyError {
  return new ParleyError('not_supported', 'A room needs direct connections, and they are switched off in Settings.')
}

/** The device that an envelope names as its sender; whether that is so, its seal tells. */
export function deviceOf(envelope: Uint8Array): string | undefined {
  try {
    return toHex(decodeStrict(Envelope, envelope, 'The envelope', MAX_ENVELOPE_BYTES).V1.from)
  } catch {
    return undefined
  }
}
