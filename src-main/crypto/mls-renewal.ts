import type { LeafNode } from 'ts-mls/leafNode.js'
import { equal } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'
import { DeviceCertificateBody, SignedDeviceCertificate } from '../wire/index.ts'
import { certificateBytes, checkLeaf, memberLeaves, memberOf } from './mls-leaf.ts'
import { MlsError } from './mls-error.ts'
import type { ClientState } from './mls-suite.ts'

// A certificate lasts for a year and a conversation longer: with its new keys a device brings the newer certificate.

/**
 * The state to make new keys in: where this device's certificate is newer than the one in its leaf, the new leaf takes it.
 * The given state is not changed. Throws `expired` where even the newer one is over, MlsError `removed`.
 */
export function withRenewedLeaf(state: ClientState, certificate: Uint8Array, now: number): ClientState {
  const own = memberLeaves(state.ratchetTree).find(({ index }) => index === state.privatePath.leafIndex)
  if (!own) throw new MlsError('removed')
  const isNewer = issuedAt(certificate) > issuedAt(certificateBytes(own.leaf))
  const credential = { credentialType: 'basic' as const, identity: new Uint8Array(certificate) }
  const leaf = isNewer ? { ...own.leaf, credential } : own.leaf
  checkLeaf(leaf, now)
  if (!isNewer) return state
  const ratchetTree = state.ratchetTree.slice()
  ratchetTree[own.index * 2] = { nodeType: 'leaf', leaf }
  return { ...state, ratchetTree }
}

/**
 * With new keys a leaf keeps its certificate, or brings a newer one of the same device and person. Judged without a clock, so
 * that all members find the same. Throws `unauthorized`, or what a bad certificate throws.
 */
export function requireSameDevice(before: LeafNode, after: LeafNode): void {
  const isSameKey = equal(after.signaturePublicKey, before.signaturePublicKey)
  if (isSameKey && equal(certificateBytes(after), certificateBytes(before))) return
  const [old, renewed] = [memberOf(before), memberOf(after)]
  if (!isSameKey || renewed.addressText !== old.addressText || renewed.issuedAt <= old.issuedAt)
    throw new ParleyError('unauthorized', 'New keys may only bring a newer certificate of the same device.')
}

function issuedAt(certificate: Uint8Array): number {
  return DeviceCertificateBody.parse(SignedDeviceCertificate.parse(certificate).body).V1.issuedAt
}
