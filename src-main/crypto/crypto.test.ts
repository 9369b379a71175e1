import { ed25519 } from '@noble/curves/ed25519.js'
import { describe, expect, test } from 'vitest'
import { Secret } from '../base/index.ts'
import { signingDigest } from '../wire/index.ts'
import {
  issueCertificate,
  open,
  seal,
  sealingPublicKey,
  signingKeyFromSeed,
  verifyCertificate,
  verifySignature,
} from './index.ts'

const NOW = 1_800_000_000_000
const wallet = signingKeyFromSeed(new Secret(new Uint8Array(32).fill(1)))
const device = signingKeyFromSeed(new Secret(new Uint8Array(32).fill(2)))
const sealing = new Secret(new Uint8Array(32).fill(3))
const certificate = issueCertificate(wallet, {
  devicePublicKey: device.publicKey,
  sealingKey: sealingPublicKey(sealing),
  label: 'laptop',
  issuedAt: NOW,
  expiresAt: NOW + 1000,
})

describe('Ed25519', () => {
  test('RFC 8032 section 7.1, test 1: key and signature of the empty message', () => {
    const seed = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex')
    const key = signingKeyFromSeed(new Secret(seed))
    expect(Buffer.from(key.publicKey).toString('hex')).toBe(
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    )
    expect(Buffer.from(key.sign(new Uint8Array())).toString('hex')).toBe(
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    )
  })

  test('native signatures and an independent implementation agree both ways', () => {
    for (let round = 0; round < 32; round++) {
      const seed = new Uint8Array(32).map((_, index) => (index * 7 + round * 13) & 255)
      const message = new Uint8Array(round * 5).fill(round)
      const key = signingKeyFromSeed(new Secret(seed))
      const signature = key.sign(message)
      expect(signature).toEqual(ed25519.sign(message, seed))
      expect(ed25519.verify(signature, message, key.publicKey)).toBe(true)
      expect(verifySignature(key.publicKey, message, signature)).toBe(true)
    }
  })

  test('a changed signature, message or key and malformed lengths are false, never a throw', () => {
    const message = signingDigest('parley/presence/1', 'abcd1234', Uint8Array.of(1))
    const signature = device.sign(message)
    expect(verifySignature(device.publicKey, message, signature.with(3, (signature[3] ?? 0) ^ 1))).toBe(false)
    expect(verifySignature(wallet.publicKey, message, signature)).toBe(false)
    expect(verifySignature(device.publicKey, message.with(0, 7), signature)).toBe(false)
    expect(verifySignature(device.publicKey.slice(1), message, signature)).toBe(false)
    expect(verifySignature(device.publicKey, message, signature.slice(1))).toBe(false)
  })

  test('a signature for one purpose or network is not valid for another', () => {
    const bytes = Uint8Array.of(1, 2, 3)
    const signature = device.sign(signingDigest('parley/presence/1', 'abcd1234', bytes))
    expect(verifySignature(device.publicKey, signingDigest('parley/presence/1', 'abcd1234', bytes), signature)).toBe(
      true,
    )
    expect(verifySignature(device.publicKey, signingDigest('parley/sealed/1', 'abcd1234', bytes), signature)).toBe(
      false,
    )
    expect(verifySignature(device.publicKey, signingDigest('parley/presence/1', 'abcd1235', bytes), signature)).toBe(
      false,
    )
  })
})

describe('device certificates', () => {
  test('an issued certificate verifies and names address and device', () => {
    const checked = verifyCertificate(certificate.signed, NOW + 1)
    expect(checked.deviceId).toBe(Buffer.from(device.publicKey).toString('hex'))
    expect(checked.addressText).toMatch(/^0x[0-9a-f]{64}$/)
  })

  test('expired, from the future, changed at any byte, truncated or extended: refused with a code', () => {
    const { signed } = certificate
    expect(() => verifyCertificate(signed, NOW + 1000)).toThrow(expect.objectContaining({ code: 'expired' }))
    expect(() => verifyCertificate(signed, NOW - 181_000)).toThrow(expect.objectContaining({ code: 'expired' }))
    for (let at = 0; at < signed.length; at++)
      expect(() => verifyCertificate(new Uint8Array(signed).with(at, (signed[at] ?? 0) ^ 0x10), NOW)).toThrow(
        expect.objectContaining({ name: 'ParleyError' }),
      )
    expect(() => verifyCertificate(signed.slice(0, -1), NOW)).toThrow(
      expect.objectContaining({ code: 'invalid_params' }),
    )
    expect(() => verifyCertificate(new Uint8Array([...signed, 0]), NOW)).toThrow(
      expect.objectContaining({ code: 'invalid_params' }),
    )
    expect(() => verifyCertificate(new Uint8Array(10_000), NOW)).toThrow(expect.objectContaining({ code: 'too_large' }))
  })

  test('count for 400 days after they were issued, however long they say', () => {
    const day = 24 * 3_600_000
    const { signed, expiresAt } = issueCertificate(signingKeyFromSeed(new Secret(new Uint8Array(32).fill(7))), {
      devicePublicKey: device.publicKey,
      sealingKey: sealingPublicKey(sealing),
      label: '',
      issuedAt: NOW,
      expiresAt: NOW + 36_500 * day,
    })
    expect(expiresAt).toBe(NOW + 400 * day)
    expect(verifyCertificate(signed, NOW + 400 * day - 1).expiresAt).toBe(NOW + 400 * day)
    expect(() => verifyCertificate(signed, NOW + 400 * day)).toThrow(expect.objectContaining({ code: 'expired' }))
  })

  test('another wallet key cannot vouch for this address', () => {
    const other = issueCertificate(device, {
      devicePublicKey: device.publicKey,
      sealingKey: sealingPublicKey(sealing),
      label: '',
      issuedAt: NOW,
      expiresAt: NOW + 1000,
    })
    expect(other.addressText).not.toBe(certificate.addressText)
  })
})

describe('sealing (HPKE, RFC 9180)', () => {
  test('what is sealed to a device only that device opens, with the same associated data', async () => {
    const plaintext = Buffer.from('hello')
    const aad = Uint8Array.of(9)
    const sealed = await seal(sealingPublicKey(sealing), plaintext, aad)
    expect(Buffer.from(await open(sealing, sealed, aad)).toString()).toBe('hello')
    const stranger = new Secret(new Uint8Array(32).fill(4))
    const changed = { ...sealed, ciphertext: sealed.ciphertext.with(0, (sealed.ciphertext[0] ?? 0) ^ 1) }
    await expect(open(stranger, sealed, aad)).rejects.toMatchObject({ code: 'bad_signature' })
    await expect(open(sealing, sealed, Uint8Array.of(8))).rejects.toMatchObject({ code: 'bad_signature' })
    await expect(open(sealing, changed, aad)).rejects.toMatchObject({ code: 'bad_signature' })
    await expect(open(sealing, { enc: new Uint8Array(32), ciphertext: new Uint8Array(3) }, aad)).rejects.toMatchObject({
      code: 'bad_signature',
    })
  })

  test('the same plaintext twice is never the same bytes', async () => {
    const first = await seal(sealingPublicKey(sealing), Uint8Array.of(1), new Uint8Array())
    const second = await seal(sealingPublicKey(sealing), Uint8Array.of(1), new Uint8Array())
    expect(first.ciphertext).not.toEqual(second.ciphertext)
  })
})
