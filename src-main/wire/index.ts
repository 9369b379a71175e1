/**
 * BCS schemas of everything that is signed or sent between devices, with their limits and signing domains.
 *
 *   const bytes = encode(Envelope, { V1: { id, from, sentAt, body } }, MAX_ENVELOPE_BYTES)
 *   const { V1: envelope } = decodeStrict(Envelope, bytes, 'The envelope', MAX_ENVELOPE_BYTES)
 */
export { addressBytes, addressFromBytes, addressOfPublicKey, checksummed, parseAddress } from './address.ts'
export { channelStateDigest, channelTypeOf } from './channel.ts'
export { decodeStrict, encode } from './codec.ts'
export { hash256, signingDigest, type SigningDomain } from './domain.ts'
export * from './envelope.ts'
export * from './event.ts'
export * from './identity.ts'
export * from './ion.ts'
export * from './key-package.ts'
export * from './limits.ts'
export * from './link.ts'
export * from './presence.ts'
export { registryClaimDigest } from './registry.ts'
export * from './revocation.ts'
export * from './room.ts'
export * from './signal.ts'
export { boundedVector } from './vector.ts'
