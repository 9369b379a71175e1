/**
 * Signing, sealing and certificates on audited primitives (node:crypto, noble, HPKE); no primitive of our own.
 *
 *   const signature = key.sign(signingDigest('parley/presence/1', chain, body))
 *   const sealed = await seal(certificate.sealingKey, bytes, aad)
 */
export { issueCertificate, verifyCertificate } from './certificate.ts'
export { signingKeyFromSeed, type SigningKey, verifySignature } from './ed25519.ts'
export { MlsError, mlsReason, type MlsReason } from './mls-error.ts'
export type { Mls, MlsIdentity, MlsKeyPackage } from './mls-types.ts'
export { loadMls, openMls } from './mls.ts'
export { issueRevocation, verifyRevocation } from './revocation.ts'
export { sha256 } from './sha256.ts'
export { open, seal, type Sealed, sealingPublicKey } from './seal.ts'
