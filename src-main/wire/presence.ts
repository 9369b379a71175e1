import { bcs } from '@iota/bcs'
import { Time } from './envelope.ts'
import { Bytes32, ByteVector } from './identity.ts'
import { boundedVector } from './vector.ts'

/** PROTOCOL section 3. */
export const PresencePacketBody = bcs.enum('PresencePacket', {
  V1: bcs.struct('PresencePacketV1', {
    /** `SignedDeviceCertificate` bytes. */
    certificate: ByteVector,
    issuedAt: Time,
    /** Milliseconds, at most 300,000. */
    ttl: bcs.u32(),
    sequence: bcs.u64(),
    /** Node keys of at most 3 home nodes. */
    homeNodes: boundedVector(Bytes32, 3),
    /** Empty unless the user chose to reveal direct addresses. */
    endpoints: boundedVector(bcs.string(), 8),
    /** Bit set; 1 = data channels. */
    capabilities: bcs.u32(),
    /** True in the signed farewell of a device that leaves. */
    goodbye: bcs.bool(),
  }),
})
export type PresenceV1 = NonNullable<(typeof PresencePacketBody.$inferType)['V1']>
/** `body` are the BCS bytes of PresencePacketBody, `signature` the device key's over their digest (64 bytes). */
export const SignedPresence = bcs.struct('SignedPresence', { body: ByteVector, signature: ByteVector })
