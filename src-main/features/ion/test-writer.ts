import { Secret, systemRandom } from '../../base/index.ts'
import { issueCertificate, sealingPublicKey, signingKeyFromSeed } from '../../crypto/index.ts'
import { makeEnvelope, sealContent, type Sealer } from '../../post/index.ts'
import { addressOfPublicKey, encodeLetter, type SealedContentInput } from '../../wire/index.ts'

export interface Writer {
  address: string
  sealer: Sealer
  /** The seed of the wallet, for a person of the ledger. */
  seed: Uint8Array
  /** A letter from here to there. */
  letter(to: Sealer, content: SealedContentInput, sentAt?: number): Promise<Uint8Array>
}

/** Somebody with a wallet and one device, without an app. */
export function newWriter(chain: string): Writer {
  const seed = systemRandom.bytes(32)
  const wallet = signingKeyFromSeed(new Secret(seed))
  const deviceKey = signingKeyFromSeed(new Secret(systemRandom.bytes(32)))
  const sealingKey = new Secret(systemRandom.bytes(32))
  const now = Date.now()
  const certificate = issueCertificate(wallet, {
    devicePublicKey: deviceKey.publicKey,
    sealingKey: sealingPublicKey(sealingKey),
    label: 'test',
    issuedAt: now,
    expiresAt: now + 365 * 24 * 3_600_000,
  })
  const sealer = { certificate, deviceKey, sealingKey, chain }
  return {
    address: addressOfPublicKey(wallet.publicKey),
    sealer,
    seed,
    letter: async (to, content, sentAt = Date.now()) => {
      const body = await sealContent(sealer, to.certificate, content, sentAt)
      const envelope = makeEnvelope(certificate.deviceId, body, sentAt, systemRandom)
      return encodeLetter(to.certificate.deviceId, envelope)
    },
  }
}
