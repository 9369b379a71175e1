import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Secret, systemRandom } from '../base/index.ts'
import { issueRevocation, signingKeyFromSeed } from '../crypto/index.ts'
import { fixedLedger, startNodes, testIdentity, type TestNodes, waitFor } from '../testing/testnet-nodes.ts'
import { createDevice, type TestDevice } from './test-device.ts'

const DAY = 24 * 3_600_000

describe('a revoked device', () => {
  const seed = systemRandom.bytes(32)
  const wallet = () => signingKeyFromSeed(new Secret(seed.slice()))
  let nodes: TestNodes
  let first: TestDevice
  let second: TestDevice
  let bob: TestDevice
  const isLinked = ({ overlay }: TestDevice) =>
    overlay.links().filter(({ state }) => state === 'connected').length === 3

  beforeEach(async () => {
    nodes = await startNodes(3, { ledger: fixedLedger() })
    first = createDevice(nodes.addresses, { identity: testIdentity(seed.slice()) })
    second = createDevice(nodes.addresses, { identity: testIdentity(seed.slice()) })
    bob = createDevice(nodes.addresses)
    first.overlay.setContacts([bob.to.address])
    second.overlay.setContacts([bob.to.address])
    bob.overlay.setContacts([first.to.address])
    for (const device of [first, second, bob]) await device.overlay.start()
    await waitFor(() => [first, second, bob].every(isLinked))
  })
  afterEach(async () => {
    await Promise.all([first, second, bob].map(({ overlay }) => overlay.stop()))
    await nodes.stop()
  })

  test('is cut off, stays out, is written to no more, and its contacts hear of it', async () => {
    await bob.overlay.send(first.to, bob.envelope().bytes, 'message', DAY)
    const heard: string[] = []
    bob.overlay.on('revocation', ({ deviceId }) => heard.push(deviceId))
    const { devicePublicKey } = first.identity.certificate
    const { signed } = issueRevocation(wallet(), { devicePublicKey, revokedAt: Date.now() })
    await second.overlay.publishRevocation(signed)
    await second.overlay.publishRevocation(signed)
    await waitFor(() => first.overlay.links().every(({ state, reason }) => state === 'waiting' && reason === 'revoked'))
    await waitFor(() => heard.includes(first.to.device))
    const late = bob.overlay.send(first.to, bob.envelope().bytes, 'message', DAY)
    await expect(late).rejects.toMatchObject({ code: 'revoked' })
    expect(await bob.overlay.send(second.to, bob.envelope().bytes, 'message', DAY)).toBe('delivered')
    expect((await second.overlay.ownDevices()).map(({ deviceId }) => deviceId)).toEqual([second.to.device])
  })

  test('is not one that another wallet revokes', async () => {
    const { devicePublicKey } = first.identity.certificate
    const other = signingKeyFromSeed(new Secret(systemRandom.bytes(32)))
    const foreign = issueRevocation(other, { devicePublicKey, revokedAt: Date.now() })
    await bob.overlay.publishRevocation(foreign.signed)
    const forged = Uint8Array.from(foreign.signed)
    forged.set(first.identity.certificate.address, 2)
    await expect(bob.overlay.publishRevocation(forged)).rejects.toMatchObject({ code: 'bad_signature' })
    expect(isLinked(first)).toBe(true)
    expect(await bob.overlay.send(first.to, bob.envelope().bytes, 'message', DAY)).toBe('delivered')
  })

  test('is cut off at once also where the clock of whoever revokes it is ahead', async () => {
    const { devicePublicKey } = first.identity.certificate
    const ahead = issueRevocation(wallet(), { devicePublicKey, revokedAt: Date.now() + 600_000 })
    await second.overlay.publishRevocation(ahead.signed)
    const late = bob.overlay.send(first.to, bob.envelope().bytes, 'message', DAY)
    await expect(late).rejects.toMatchObject({ code: 'revoked' })
  })
})
