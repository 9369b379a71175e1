import { hkdfSync } from 'node:crypto'
import { bcs } from '@iota/bcs'
import { type Clock, type Random, Secret } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'
import {
  issueCertificate,
  sealingPublicKey,
  type SigningKey,
  signingKeyFromSeed,
  verifyCertificate,
} from '../crypto/index.ts'
import { addressOfPublicKey, Bytes32, ByteVector, decodeStrict, type DeviceCertificate, encode } from '../wire/index.ts'
import { AccountKey } from './account-key.ts'
import { walletKey } from './phrase.ts'
import type { Identity } from './types.ts'

/** A device that is not used for a year must be unlocked by its owner to be believed again. */
const CERTIFICATE_MS = 365 * 24 * 3600 * 1000
const LABEL = 'desktop'
const MAX_RECORD_BYTES = 4096

/** What the identity file holds: everything that cannot be derived. */
const Record = bcs.enum('IdentityRecord', {
  V1: bcs.struct('IdentityRecordV1', {
    entropy: ByteVector,
    deviceSeed: Bytes32,
    sealingKey: Bytes32,
    name: bcs.string(),
    phraseConfirmed: bcs.bool(),
    /** Signed certificate; empty before the first. */
    certificate: ByteVector,
  }),
})
export type IdentityRecord = (typeof Record.$inferType)['V1']

export function newRecord(entropy: Secret, name: string, phraseConfirmed: boolean, random: Random): IdentityRecord {
  const keys = { deviceSeed: random.bytes(32), sealingKey: random.bytes(32) }
  return { entropy: new Uint8Array(entropy.use()), ...keys, name, phraseConfirmed, certificate: new Uint8Array() }
}

export function encodeRecord(record: IdentityRecord): Secret {
  return new Secret(encode(Record, { V1: record }, MAX_RECORD_BYTES))
}

export function decodeRecord(content: Secret): IdentityRecord {
  return decodeStrict(Record, content.use(), 'The identity', MAX_RECORD_BYTES).V1
}

export function wipeRecord(record: IdentityRecord): void {
  for (const bytes of [record.entropy, record.deviceSeed, record.sealingKey]) bytes.fill(0)
}

/** One key per use from the master key (HKDF-SHA256). */
export function deriveKey(master: Secret, use: 'parley/database/1' | 'parley/identity/1'): Secret {
  return new Secret(new Uint8Array(hkdfSync('sha256', master.use(), '', use, 32)))
}

/** The identity in use. `renewed` is the record to save where the certificate was issued anew. */
export async function buildIdentity(
  record: IdentityRecord,
  master: Secret,
  clock: Clock,
): Promise<{ identity: Identity; renewed: IdentityRecord | undefined }> {
  const entropy = new Secret(record.entropy)
  const wallet = await walletKey(entropy).finally(() => entropy.wipe())
  const deviceSeed = new Secret(record.deviceSeed)
  const deviceKey = signingKeyFromSeed(deviceSeed)
  const sealingKey = new Secret(record.sealingKey)
  const address = addressOfPublicKey(wallet.publicKey)
  const kept = keptCertificate(record, clock.now())
  const certificate = kept ?? newCertificate(wallet, deviceKey, sealingKey, clock.now())
  const identity: Identity = {
    ...{ address, deviceId: certificate.deviceId, name: record.name, certificate, deviceKey, deviceSeed, sealingKey },
    wallet: new AccountKey(wallet),
    databaseKey: deriveKey(master, 'parley/database/1'),
    phraseConfirmed: record.phraseConfirmed,
  }
  return { identity, renewed: kept ? undefined : { ...record, certificate: certificate.signed } }
}

/** Undefined where the kept one still serves. */
export async function renewedCertificate(record: IdentityRecord, clock: Clock): Promise<DeviceCertificate | undefined> {
  if (keptCertificate(record, clock.now())) return undefined
  const [entropy, deviceSeed, sealingKey] = [record.entropy, record.deviceSeed, record.sealingKey].map(
    (bytes) => new Secret(bytes),
  ) as [Secret, Secret, Secret]
  try {
    const wallet = await walletKey(entropy)
    return newCertificate(wallet, signingKeyFromSeed(deviceSeed), sealingKey, clock.now())
  } finally {
    for (const secret of [entropy, deviceSeed, sealingKey]) secret.wipe()
  }
}

/** Undefined where there is none, where it has expired, and where less than a third of its life is left. */
function keptCertificate(record: IdentityRecord, now: number): DeviceCertificate | undefined {
  if (record.certificate.length === 0) return undefined
  try {
    const certificate = verifyCertificate(record.certificate, now)
    return certificate.expiresAt - now < CERTIFICATE_MS / 3 ? undefined : certificate
  } catch (error) {
    if (error instanceof ParleyError && error.code === 'expired') return undefined
    throw error
  }
}

function newCertificate(wallet: SigningKey, device: SigningKey, sealing: Secret, now: number): DeviceCertificate {
  const keys = { devicePublicKey: device.publicKey, sealingKey: sealingPublicKey(sealing) }
  return issueCertificate(wallet, { ...keys, label: LABEL, issuedAt: now, expiresAt: now + CERTIFICATE_MS })
}
