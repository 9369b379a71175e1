import type { AuthenticationService, LeafNode, RatchetTree } from 'ts-mls'
import { equal } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'
import { type DeviceCertificate, DeviceCertificateBody, SignedDeviceCertificate } from '../wire/index.ts'
import { verifyCertificate } from './certificate.ts'

type Leaf = Pick<LeafNode, 'credential' | 'signaturePublicKey'>

/**
 * How a leaf is bound to a person: its basic credential's identity is the `SignedDeviceCertificate`, and its signature
 * key IS the device key that the certificate names. So only that device can make the leaf, and nothing has to be
 * signed across. What MLS signs starts with the length-prefixed label "MLS 1.0 …" and is longer than the 32-byte
 * digests that Parley signs with the same key, so neither signature is ever valid for the other.
 *
 * Throws `bad_signature`, `expired` or `invalid_params`.
 */
export function checkLeaf(leaf: Leaf, now: number): DeviceCertificate {
  const certificate = verifyCertificate(certificateBytes(leaf), now)
  if (!equal(certificate.devicePublicKey, leaf.signaturePublicKey))
    throw new ParleyError('bad_signature', 'A member of the conversation uses a key that is not in its certificate.')
  return certificate
}

/** Checking costs two signatures' time and is asked for every message; a leaf never changes. */
const members = new WeakMap<Leaf, DeviceCertificate>()

/**
 * The certificate of a leaf that was checked when it came into the group. The time is not asked again: what a device
 * sent while its certificate was valid may be read later.
 */
export function memberOf(leaf: Leaf): DeviceCertificate {
  const known = members.get(leaf)
  if (known) return known
  const bytes = certificateBytes(leaf)
  const { body } = SignedDeviceCertificate.parse(bytes)
  const member = checkLeaf(leaf, DeviceCertificateBody.parse(body).V1.issuedAt)
  members.set(leaf, member)
  return member
}

export function memberLeaves(tree: RatchetTree): { index: number; leaf: LeafNode }[] {
  return tree.flatMap((node, at) => (node?.nodeType === 'leaf' ? [{ index: at / 2, leaf: node.leaf }] : []))
}

/** What ts-mls asks for every leaf that comes into a group, by Welcome, add or commit. */
export function authService(now: () => number): AuthenticationService {
  return {
    validateCredential: async (credential, signaturePublicKey) => {
      checkLeaf({ credential, signaturePublicKey }, now())
      return true
    },
  }
}

/** The `SignedDeviceCertificate` of a leaf. Throws `invalid_params`. */
export function certificateBytes(leaf: Pick<LeafNode, 'credential'>): Uint8Array {
  if (leaf.credential.credentialType !== 'basic' || !('identity' in leaf.credential))
    throw new ParleyError('invalid_params', 'A member of the conversation has no device certificate.')
  return leaf.credential.identity
}
