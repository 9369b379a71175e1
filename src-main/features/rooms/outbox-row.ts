import { type Clock, type Random, toHex } from '../../base/index.ts'
import { MESSAGE_TTL_MS } from '../../post/index.ts'
import type { OutboxRow } from '../../store/index.ts'

/** A row of a room for one device, or for whoever comes first where `device` is empty. */
export function blankRow({ clock, random }: { clock: Clock; random: Random }, room: string, device: string): OutboxRow {
  const now = clock.now()
  return {
    ...{ id: toHex(random.bytes(16)), kind: 'room', address: room, device, envelope: new Uint8Array() },
    ...{ event: undefined, messageId: undefined, groupId: undefined, state: 'sending', attempts: 0 },
    ...{ nextAttemptAt: now, createdAt: now, expiresAt: now + MESSAGE_TTL_MS },
  }
}
