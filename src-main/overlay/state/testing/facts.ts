import { randomBytes } from 'node:crypto'
import { sha256 } from '../../../crypto/index.ts'
import type { DeviceFact, Fact, Mail } from '../types.ts'

export const NOW = 1_800_000_000_000
export const DAY = 24 * 3_600_000
export const BOB = { address: '0xb0b', device: 'b0' }

export function mail(change: Partial<Mail> = {}): { kind: 'mail' } & Mail {
  return {
    kind: 'mail',
    ...BOB,
    envelopeId: randomBytes(16).toString('hex'),
    sender: '0xa11ce',
    request: false,
    expiresAt: NOW + DAY,
    bytes: new Uint8Array(randomBytes(100)),
    ...change,
  }
}

export function accepted({ address, device, bytes, expiresAt }: Mail): Fact {
  return { kind: 'accepted', address, device, digest: sha256(bytes), signature: new Uint8Array(64), expiresAt }
}

export function device(change: Partial<DeviceFact> = {}): { kind: 'device' } & DeviceFact {
  const certificate = new Uint8Array([1])
  return { kind: 'device', ...BOB, certificate, issuedAt: NOW, expiresAt: NOW + 365 * DAY, ...change }
}

export function allowed(version: number, senders: string[], address = BOB.address): Fact {
  const [certificate, signature] = [new Uint8Array([1]), new Uint8Array(64)]
  return { kind: 'allowed', address, version, senders, certificate, signature }
}

export function revocation(change: Partial<typeof BOB> = {}): Fact {
  return { kind: 'revocation', ...BOB, signed: new Uint8Array([9]), ...change }
}
