import { fromHex, type Secret, toHex } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'
import { open, seal, type SigningKey, verifyCertificate, verifySignature } from '../crypto/index.ts'
import {
  decodeStrict,
  type DeviceCertificate,
  encode,
  type EnvelopeBodyInput,
  MAX_ENVELOPE_BYTES,
  type SealedContentInput,
  type SealedContentValue,
  SealedPayload,
  SealedPayloadBody,
  signingDigest,
} from '../wire/index.ts'

export interface Sealer {
  certificate: DeviceCertificate
  deviceKey: SigningKey
  sealingKey: Secret
  /** The ledger's chain identifier: part of what is signed. */
  chain: string
}

/** Signs content with the device key and seals it to one device. */
export async function sealContent(
  sealer: Sealer,
  recipient: DeviceCertificate,
  content: SealedContentInput,
  now: number,
): Promise<EnvelopeBodyInput> {
  const fields = { certificate: sealer.certificate.signed, recipient: recipient.devicePublicKey, sentAt: now, content }
  const body = encode(SealedPayloadBody, { V1: fields }, MAX_ENVELOPE_BYTES)
  const signature = sealer.deviceKey.sign(signingDigest('parley/sealed/1', sealer.chain, body))
  const payload = encode(SealedPayload, { body, signature }, MAX_ENVELOPE_BYTES)
  const sealed = await seal(recipient.sealingKey, payload, recipient.devicePublicKey)
  return { Sealed: sealed }
}

export interface OpenedContent {
  sender: DeviceCertificate
  content: SealedContentValue
  sentAt: number
}

/** Opens what was sealed to this device and checks who signed it. Throws `bad_signature`, `expired` or `invalid_params`. */
export async function openContent(
  sealer: Sealer,
  sealed: { enc: Uint8Array; ciphertext: Uint8Array },
  from: string,
  now: number,
): Promise<OpenedContent> {
  const box = { enc: new Uint8Array(sealed.enc), ciphertext: new Uint8Array(sealed.ciphertext) }
  const payload = await open(sealer.sealingKey, box, sealer.certificate.devicePublicKey)
  const { body, signature } = decodeStrict(SealedPayload, payload, 'The sealed message', MAX_ENVELOPE_BYTES)
  const fields = decodeStrict(SealedPayloadBody, body, 'The sealed message', MAX_ENVELOPE_BYTES).V1
  const sender = verifyCertificate(fields.certificate, now)
  const digest = signingDigest('parley/sealed/1', sealer.chain, body)
  if (sender.deviceId !== from) throw new ParleyError('bad_signature', 'The message names another sender than its way.')
  if (toHex(fields.recipient) !== sealer.certificate.deviceId)
    throw new ParleyError('bad_signature', 'The message is meant for another device.')
  if (!verifySignature(fromHex(sender.deviceId), digest, signature))
    throw new ParleyError('bad_signature', 'The message is not signed by its sender.')
  return { sender, content: fields.content, sentAt: fields.sentAt }
}
