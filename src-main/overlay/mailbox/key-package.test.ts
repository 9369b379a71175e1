import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Clock } from '../../base/index.ts'
import { testIdentity } from '../../testing/testnet-nodes.ts'
import { MAX_KEY_PACKAGE_BYTES } from '../../wire/index.ts'
import { defaultLimits } from '../limits/limits.ts'
import { createEmbeddedState, type LocalState } from '../state/index.ts'
import { checkKeyPackage, checkLastResort, checkPublished, signKeyPackage } from './key-package.ts'
import { DeviceRegistry } from './registry.ts'

const now = Date.now()
const bob = testIdentity()
const owner = { address: bob.certificate.addressText, device: bob.certificate.deviceId }
const sign = (keyPackage: Uint8Array, version = 0) => signKeyPackage(bob.deviceKey, owner, keyPackage, version)
const one = Uint8Array.of(1, 2, 3)

describe('a signed key package', () => {
  it('holds for its device, its address, its bytes and its kind, and nothing else', () => {
    const once = sign(one)
    checkKeyPackage(owner, once)
    checkLastResort(owner, sign(one, now), now)
    const other = testIdentity().certificate
    const bad = { code: 'bad_signature' }
    expect(() => checkKeyPackage({ ...owner, address: other.addressText }, once)).toThrow(expect.objectContaining(bad))
    expect(() => checkKeyPackage({ ...owner, device: other.deviceId }, once)).toThrow(expect.objectContaining(bad))
    expect(() => checkKeyPackage(owner, { ...once, keyPackage: Uint8Array.of(4) })).toThrow(
      expect.objectContaining(bad),
    )
    expect(() => checkLastResort(owner, { ...once, version: now }, now)).toThrow(expect.objectContaining(bad))
    expect(() => checkKeyPackage(owner, { ...sign(one, now), version: 0 })).toThrow(expect.objectContaining(bad))
    expect(() => checkLastResort(owner, once, now)).toThrow(expect.objectContaining({ code: 'invalid_params' }))
  })

  it('is of the address that was asked for, in a certificate that holds', () => {
    const entry = { certificate: bob.certificate.signed, signed: sign(one) }
    expect(checkPublished(owner.address, entry, now).deviceId).toBe(owner.device)
    const { addressText } = testIdentity().certificate
    expect(() => checkPublished(addressText, entry, now)).toThrow(expect.objectContaining({ code: 'bad_signature' }))
    const later = bob.certificate.expiresAt + 24 * 3_600_000
    expect(() => checkPublished(owner.address, entry, later)).toThrow(expect.objectContaining({ code: 'expired' }))
  })
})

describe('a node that a device gives key packages', () => {
  let state: LocalState
  let registry: DeviceRegistry
  beforeEach(async () => {
    const clock: Clock = { now: () => now, steady: () => 0, after: () => () => {} }
    state = createEmbeddedState({ path: ':memory:', limits: defaultLimits, onError: () => {} })
    await state.start()
    registry = new DeviceRegistry(state, clock)
    await registry.remember(bob.certificate, now)
  })
  afterEach(() => state.stop())
  const put = (lastResort = sign(one, now), packages = [sign(Uint8Array.of(8))]) =>
    registry.publish(owner, packages, lastResort, now)

  it('hands out what the device signed', async () => {
    expect(await put()).toBe(1)
    const [once] = await registry.take(owner.address, [owner.device])
    const [last] = registry.lastResorts(owner.address, [owner.device])
    if (!once || !last) throw new Error('nothing was handed out')
    expect(checkPublished(owner.address, once, now).deviceId).toBe(owner.device)
    checkLastResort(owner, last.signed, now)
    expect(last.signed.keyPackage).toEqual(one)
  })

  it('refuses a last resort that the device did not sign, that is ahead, none, or too large, and keeps nothing of it', async () => {
    const forged = { ...sign(one, now), keyPackage: Uint8Array.of(9) }
    await expect(put(forged)).rejects.toMatchObject({ code: 'bad_signature' })
    await expect(put(sign(one, now + 3_600_000))).rejects.toMatchObject({ code: 'invalid_params', reason: 'ahead' })
    await expect(put(sign(one))).rejects.toMatchObject({ code: 'invalid_params' })
    await expect(put(sign(one, now), [sign(one, now)])).rejects.toMatchObject({ code: 'invalid_params' })
    for (const length of [0, MAX_KEY_PACKAGE_BYTES + 1]) {
      await expect(put(sign(new Uint8Array(length), now))).rejects.toMatchObject({ code: 'too_large' })
      await expect(put(sign(one, now), [sign(new Uint8Array(length))])).rejects.toMatchObject({ code: 'too_large' })
    }
    expect(registry.stock(owner.device)).toBe(0)
    expect(registry.lastResorts(owner.address, [owner.device])).toEqual([])
  })

  it('takes the same last resort again, and says which version stands where another is older', async () => {
    await put(sign(one, now))
    await put(sign(one, now - 5))
    const other = Uint8Array.of(5)
    for (const version of [now - 1, now])
      await expect(put(sign(other, version))).rejects.toMatchObject({ code: 'conflict', reason: `version:${now}` })
    await put(sign(other, now + 1))
    expect(registry.lastResorts(owner.address, [owner.device])[0]?.signed.keyPackage).toEqual(other)
  })
})
