import { deliverBytes, writeDeliver } from '../../wire/index.ts'
import type { Outgoing } from './outbox.ts'
import { SharedBuffer } from './shared-buffer.ts'
import type { Delivery } from './types.ts'
import { HEAD_ROOM } from './websocket/index.ts'

/**
 * The `deliver` of an envelope that stands from `start` to `end`. What is sent and what `delivery` keeps is one copy, which is used again
 * once it was written and `delivery` is done with it.
 */
export function largeDelivery(delivery: Delivery, id: number, bytes: Buffer, start: number, end: number): Outgoing {
  const last = HEAD_ROOM + deliverBytes(end - start)
  const shared = new SharedBuffer(last, 2)
  writeDeliver(shared.bytes, HEAD_ROOM, id, bytes, start, end)
  delivery.envelope = shared.bytes.subarray(last - (end - start), last)
  const done = () => shared.letGo()
  delivery.done = done
  return { bytes: shared.bytes, start: HEAD_ROOM, end: last, done }
}
