import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'

export interface LanCertificate {
  /** PEM, for `node:tls`. */
  key: string
  cert: string
  /** SHA-256 of the certificate's DER bytes. */
  fingerprint: Uint8Array
}

/** DER tags (X.690) and object identifiers in DER. */
const TAG = { integer: 0x02, bits: 0x03, oid: 0x06, utf8: 0x0c, time: 0x18, sequence: 0x30, set: 0x31, version: 0xa0 }
const ECDSA_WITH_SHA256 = Buffer.from('2a8648ce3d040302', 'hex')
const COMMON_NAME = Buffer.from('550403', 'hex')
const SERIAL_BYTES = 8

/**
 * A key pair of this process with a certificate that it signs itself (RFC 5280, nothing but what must be there): known by its
 * fingerprint alone, which goes over a connection that the device's key vouches for.
 */
export function createLanCertificate(): LanCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = der(TAG.sequence, der(TAG.oid, ECDSA_WITH_SHA256))
  const name = der(
    TAG.sequence,
    der(TAG.set, der(TAG.sequence, der(TAG.oid, COMMON_NAME), der(TAG.utf8, Buffer.from('parley')))),
  )
  const serial = randomBytes(SERIAL_BYTES)
  // Positive, and without a leading zero.
  serial[0] = 0x40 | ((serial[0] ?? 0) & 0x3f)
  const validity = der(
    TAG.sequence,
    ...['20200101000000Z', '99991231235959Z'].map((at) => der(TAG.time, Buffer.from(at))),
  )
  const body = der(
    TAG.sequence,
    der(TAG.version, der(TAG.integer, Buffer.of(2))),
    der(TAG.integer, serial),
    ...[algorithm, name, validity, name],
    publicKey.export({ type: 'spki', format: 'der' }),
  )
  const signature = Buffer.concat([Buffer.of(0), sign('sha256', body, privateKey)])
  const certificate = der(TAG.sequence, body, algorithm, der(TAG.bits, signature))
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: pem(certificate),
    fingerprint: fingerprintOf(certificate),
  }
}

export function fingerprintOf(certificate: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(certificate).digest())
}

function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts)
  if (body.length < 0x80) return Buffer.concat([Buffer.of(tag, body.length), body])
  // The shortest form, or it is no DER.
  if (body.length < 0x100) return Buffer.concat([Buffer.of(tag, 0x81, body.length), body])
  return Buffer.concat([Buffer.of(tag, 0x82, body.length >> 8, body.length & 0xff), body])
}

function pem(certificate: Buffer): string {
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}
