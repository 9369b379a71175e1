import { createHash, webcrypto } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { ParleyError } from '../../contract/index.ts'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
/** Clients pin the fingerprint and look at no date; twenty years only keep other tools quiet. */
const VALID_MS = 20 * 365 * 24 * 3_600_000
const EXPORTER_LABEL = 'EXPORTER-parley-link-1'
const EXPORTER_BYTES = 32

export interface TlsCredentials {
  /** PEM. */
  cert: string
  /** PEM, PKCS #8. */
  key: string
}

/** A new self-signed certificate; `now` in ms since 1970. */
export async function createTlsCredentials(now: number): Promise<TlsCredentials> {
  const X509CertificateGenerator = await loadX509()
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=parley-s2',
      notBefore: new Date(now - 24 * 3_600_000),
      notAfter: new Date(now + VALID_MS),
      keys: keys as Parameters<typeof X509CertificateGenerator.createSelfSigned>[0]['keys'],
      signingAlgorithm: ALGORITHM,
    },
    webcrypto as Parameters<typeof X509CertificateGenerator.createSelfSigned>[1],
  )
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  const lines = pkcs8.match(/.{1,64}/g) ?? []
  return {
    cert: certificate.toString('pem'),
    key: `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`,
  }
}

/** Only a node's first start makes a certificate: nobody else waits for this library (70 ms, 20 MB). */
async function loadX509() {
  // Its dependency injection needs this polyfill to be loaded before it.
  await import('reflect-metadata')
  return (await import('@peculiar/x509')).X509CertificateGenerator
}

/** SHA-256 of the certificate's DER bytes, 64 lower-case hex digits. */
export function fingerprintOf(certificate: Uint8Array | string): string {
  const der =
    typeof certificate === 'string'
      ? Buffer.from(certificate.replace(/-----[^-]+-----|\s/g, ''), 'base64')
      : certificate
  return createHash('sha256').update(der).digest('hex')
}

/** Throws `bad_signature` unless the other side showed the certificate with this fingerprint. */
export function checkPinned(socket: TLSSocket, fingerprint: string): void {
  const certificate = socket.getPeerX509Certificate()
  if (!certificate || fingerprintOf(certificate.raw) !== fingerprint)
    throw new ParleyError('bad_signature', 'The node shows another certificate than the one that it is known by.')
}

/** 32 bytes that only the two ends of this TLS connection know (RFC 5705, RFC 8446 section 7.5). */
export function exporterOf(socket: TLSSocket): Uint8Array<ArrayBuffer> {
  return new Uint8Array(socket.exportKeyingMaterial(EXPORTER_BYTES, EXPORTER_LABEL, Buffer.alloc(0)))
}
