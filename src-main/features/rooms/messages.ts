import { fromHex } from '../../base/index.ts'
import { makeEnvelope, sealContent } from '../../post/index.ts'
import {
  type DeviceCertificate,
  encode,
  MAX_ROOM_MESSAGE_BYTES,
  RoomMessage,
  type RoomMessageBodyInput,
} from '../../wire/index.ts'
import type { RoomContext } from './types.ts'

/** Seals a message between members and sends it over the direct connection; resolves when the other has dealt with it. */
export async function tell(
  context: RoomContext,
  room: string,
  recipient: DeviceCertificate,
  body: RoomMessageBodyInput,
): Promise<void> {
  const { sealer, self, clock, random, peers } = context
  const bytes = encode(RoomMessage, { room: fromHex(room), body }, MAX_ROOM_MESSAGE_BYTES)
  const sealed = await sealContent(sealer, recipient, { Room: bytes }, clock.now())
  await peers.send(recipient.deviceId, makeEnvelope(self.device, sealed, clock.now(), random))
}
