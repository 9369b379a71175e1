import { randomBytes } from 'node:crypto'
import { getCiphersuiteFromName, getCiphersuiteImpl } from 'ts-mls'
import { expect, test } from 'vitest'
import { MLS_SUITE } from './mls-constants.ts'
import { withNativeCrypto } from './mls-native.ts'

const random = (length: number) => new Uint8Array(randomBytes(length))

test('hash, MAC, HKDF and AES-GCM give what the library’s own implementation gives', async () => {
  const theirs = await getCiphersuiteImpl(getCiphersuiteFromName(MLS_SUITE))
  const ours = withNativeCrypto(theirs)
  expect(ours.kdf.size).toBe(theirs.kdf.size)
  for (let round = 0; round < 60; round++) {
    const [data, key, salt, info] = [random(round * 7), random(64), random(64), random(round)]
    expect(await ours.hash.digest(data)).toEqual(await theirs.hash.digest(data))
    const tag = await theirs.hash.mac(key, data)
    expect(await ours.hash.mac(key, data)).toEqual(tag)
    expect(await ours.hash.verifyMac(key, tag, data)).toBe(true)
    expect(await ours.hash.verifyMac(key, tag.with(3, (tag[3] ?? 0) ^ 1), data)).toBe(false)
    expect(await ours.hash.verifyMac(key, tag.slice(1), data)).toBe(false)
    expect(await ours.kdf.extract(salt, data)).toEqual(await theirs.kdf.extract(salt, data))
    const length = 1 + ((round * 5) % 200)
    expect(await ours.kdf.expand(key, info, length)).toEqual(await theirs.kdf.expand(key, info, length))
    const [aeadKey, nonce] = [random(32), random(12)]
    const sealed = await ours.hpke.encryptAead(aeadKey, nonce, info, data)
    expect(sealed).toEqual(await theirs.hpke.encryptAead(aeadKey, nonce, info, data))
    expect(await ours.hpke.decryptAead(aeadKey, nonce, info, sealed)).toEqual(data)
    const changed = sealed.with(0, (sealed[0] ?? 0) ^ 1)
    await expect(ours.hpke.decryptAead(aeadKey, nonce, info, changed)).rejects.toMatchObject({ name: 'CryptoError' })
    await expect(ours.hpke.decryptAead(aeadKey, nonce, undefined, sealed.slice(0, 9))).rejects.toMatchObject({
      name: 'CryptoError',
    })
  }
})
