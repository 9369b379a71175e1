import { concat, fromHex, type Random, toHex } from '../../base/index.ts'
import { oneLine, ParleyError } from '../../contract/index.ts'
import { verifyCertificate, verifySignature } from '../../crypto/index.ts'
import type { Sealer } from '../../post/index.ts'
import {
  decodeStrict,
  type DeviceCertificate,
  encode,
  MAX_TICKET_BYTES,
  RoomTicketBody,
  SignedRoomTicket,
  signingDigest,
} from '../../wire/index.ts'
import { MAX_AHEAD_MS } from './constants.ts'
import type { RoomKeys } from './keys.ts'

const DOMAIN = 'parley/room-ticket/1'
const MAX_NAME = 64
const TAG_BYTES = 16

/** A member's own word about itself, checked. */
export interface Ticket {
  device: string
  address: string
  name: string
  /** Hex. */
  tag: string
  issuedAt: number
  keyPackage: Uint8Array
  certificate: DeviceCertificate
  /** As it travels. */
  bytes: Uint8Array
}

export interface TicketFields {
  room: string
  name: string
  /** Hex. */
  tag: string
  keyPackage: Uint8Array
  now: number
}

export function newTag(random: Random): string {
  return toHex(random.bytes(TAG_BYTES))
}

export function makeTicket(keys: RoomKeys, sealer: Sealer, fields: TicketFields): Uint8Array<ArrayBuffer> {
  const { room, name, tag, keyPackage, now } = fields
  const body = encode(
    RoomTicketBody,
    {
      V1: {
        ...{ room: fromHex(room), certificate: sealer.certificate.signed, keyPackage, name },
        ...{ tag: fromHex(tag), issuedAt: now },
      },
    },
    MAX_TICKET_BYTES,
  )
  const signature = sealer.deviceKey.sign(signingDigest(DOMAIN, sealer.chain, body))
  return encode(SignedRoomTicket, { body, signature, proof: keys.proof(concat(signature, body)) }, MAX_TICKET_BYTES)
}

/**
 * Checks a ticket from outside, the cheap things first. Throws `invalid_params`, `too_large`, `unauthorized` (no proof, or of
 * another room), `bad_signature` or `expired`.
 */
export function readTicket(bytes: Uint8Array, keys: RoomKeys, room: string, chain: string, now: number): Ticket {
  const { body, signature, proof } = decodeStrict(SignedRoomTicket, bytes, 'The ticket', MAX_TICKET_BYTES)
  if (!keys.proves(concat(signature, body), proof))
    throw new ParleyError('unauthorized', 'The ticket is of somebody who does not know the secret of this room.')
  const fields = decodeStrict(RoomTicketBody, body, 'The ticket', MAX_TICKET_BYTES).V1
  if (`0x${toHex(fields.room)}` !== room) throw new ParleyError('unauthorized', 'The ticket is of another room.')
  if (fields.issuedAt > now + MAX_AHEAD_MS) throw new ParleyError('expired', 'The ticket is from the future.')
  const certificate = verifyCertificate(fields.certificate, now)
  if (!verifySignature(certificate.devicePublicKey, signingDigest(DOMAIN, chain, body), signature))
    throw new ParleyError('bad_signature', 'The ticket is not signed by its device.')
  return {
    device: certificate.deviceId,
    address: certificate.addressText,
    name: oneLine(fields.name, MAX_NAME),
    tag: toHex(fields.tag),
    issuedAt: fields.issuedAt,
    keyPackage: fields.keyPackage,
    certificate,
    bytes: new Uint8Array(bytes),
  }
}
