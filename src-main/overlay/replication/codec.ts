import { fromHex, toHex } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { verifyCertificate, verifyRevocation } from '../../crypto/index.ts'
import type { WireFactValue } from '../../wire/index.ts'
import { MAX_MAILBOX_TTL_MS } from '../constants.ts'
import { checkAccepted } from '../mailbox/acceptance.ts'
import { checkAllowed } from '../mailbox/allow-list.ts'
import { checkLastResort } from '../mailbox/key-package.ts'
import { envelopeHead } from '../relay/envelope-head.ts'
import type { Fact } from '../state/index.ts'

/** Clocks of nodes may differ by so much. */
const MAX_SKEW_MS = 15 * 60_000

/** What is sent of a fact: what stands in a signed certificate or revocation is not said beside it. */
export function encodeFact(fact: Fact): WireFactValue {
  switch (fact.kind) {
    case 'mail': {
      const { address, device, envelopeId, sender, request, expiresAt, bytes } = fact
      const mail = { address, device, envelopeId: fromHex(envelopeId), sender, request, expiresAt, bytes }
      return { $kind: 'mail', mail }
    }
    case 'accepted': {
      const { address, device, digest, signature, expiresAt } = fact
      return { $kind: 'accepted', accepted: { address, device, digest, signature, expiresAt } }
    }
    case 'allowed': {
      const { address, version, senders, certificate, signature } = fact
      return { $kind: 'allowed', allowed: { address, version, senders: [...senders], certificate, signature } }
    }
    case 'device':
      return { $kind: 'device', device: { certificate: fact.certificate, lastResort: fact.lastResort ?? null } }
    case 'revocation':
      return { $kind: 'revocation', revocation: { signed: fact.signed } }
  }
}

/**
 * Reads a fact that another node gives and checks what can be checked of it: certificates and revocations by their
 * signatures, allow lists, last resorts and acceptances by their device's, envelopes by their heads, times by their limits. Throws a ParleyError.
 */
export function decodeFact(wire: WireFactValue, now: number): Fact {
  switch (wire.$kind) {
    case 'mail': {
      const envelopeId = toHex(wire.mail.envelopeId)
      if (envelopeHead(wire.mail.bytes).id !== envelopeId)
        throw new ParleyError('invalid_params', 'The envelope has another id.')
      return { kind: 'mail', ...wire.mail, envelopeId, expiresAt: checkExpiry(wire.mail.expiresAt, now) }
    }
    case 'accepted': {
      checkAccepted(wire.accepted)
      return { kind: 'accepted', ...wire.accepted, expiresAt: checkExpiry(wire.accepted.expiresAt, now) }
    }
    case 'allowed':
      checkAllowed(wire.allowed, now)
      return { kind: 'allowed', ...wire.allowed }
    case 'device':
      return decodeDevice(wire.device, now)
    case 'revocation': {
      const { addressText, deviceId, signed } = verifyRevocation(wire.revocation.signed)
      return { kind: 'revocation', address: addressText, device: deviceId, signed }
    }
  }
}

function decodeDevice(wire: Extract<WireFactValue, { $kind: 'device' }>['device'], now: number): Fact {
  const { addressText, deviceId, signed, issuedAt, expiresAt } = verifyCertificate(wire.certificate, now)
  const { lastResort } = wire
  if (lastResort) checkLastResort({ address: addressText, device: deviceId }, lastResort, now)
  const fact = {
    kind: 'device',
    address: addressText,
    device: deviceId,
    certificate: signed,
    issuedAt,
    expiresAt,
  } as const
  return lastResort ? { ...fact, lastResort } : fact
}

function checkExpiry(expiresAt: number, now: number): number {
  if (expiresAt > now + MAX_MAILBOX_TTL_MS + MAX_SKEW_MS)
    throw new ParleyError('invalid_params', 'Nothing is kept for so long.', { reason: 'ahead' })
  return expiresAt
}

/** About the bytes of a fact in a frame; never too few. */
export function sizeOf(wire: WireFactValue): number {
  switch (wire.$kind) {
    case 'mail':
      return wire.mail.bytes.length + 160
    case 'accepted':
      return 184
    case 'allowed':
      return 32 * wire.allowed.senders.length + wire.allowed.certificate.length + 160
    case 'device':
      return wire.device.certificate.length + (wire.device.lastResort?.keyPackage.length ?? 0) + 144
    case 'revocation':
      return wire.revocation.signed.length + 16
  }
}
