import { afterEach, beforeEach, expect, it } from 'vitest'
import { ParleyError } from '../../contract/index.ts'
import { testIdentity } from '../../testing/testnet-nodes.ts'
import { type PackageOwner, signKeyPackage } from '../mailbox/key-package.ts'
import type { DeviceFact, Fact, LastResort } from '../state/index.ts'
import type { OverlayIdentity } from '../types.ts'
import { encodeFact } from './codec.ts'
import { FactReceiver } from './receiver.ts'
import { startParts, type TestParts } from './test-parts.ts'

const bob = testIdentity()
const { addressText: address, deviceId: device, signed: certificate, issuedAt, expiresAt } = bob.certificate
const owner = { address, device }
const now = Date.now()
const good = Uint8Array.of(1, 2, 3)
let net: TestParts

beforeEach(async () => {
  net = await startParts(
    () => now,
    () => Promise.reject(new Error('nobody is asked')),
  )
})
afterEach(() => net.state.stop())

const fact = (lastResort: LastResort): Fact => {
  const stated: DeviceFact = { ...owner, certificate, issuedAt, expiresAt, lastResort }
  return { kind: 'device', ...stated }
}
const resort = (version: number, signer: OverlayIdentity = bob, of: PackageOwner = owner) =>
  signKeyPackage(signer.deviceKey, of, good, version)
const give = (lastResort: LastResort) => new FactReceiver(net.parts).receive(net.peer, [encodeFact(fact(lastResort))])
const stands = () => net.state.rows.get('SELECT last_resort, last_resort_version AS version FROM device')

it('a last resort that its device did not sign is refused, and what stands stays', async () => {
  await give(resort(now))
  const mallory = testIdentity()
  const { addressText, deviceId } = mallory.certificate
  const junk = Uint8Array.of(9)
  const forged = [
    { ...resort(now + 1), keyPackage: junk },
    { ...resort(now), version: now + 1 },
    { ...resort(now + 1), signature: new Uint8Array(64) },
    resort(now + 1, mallory),
    resort(now + 1, bob, { address: addressText, device }),
    resort(now + 1, bob, { address, device: deviceId }),
    // One that is handed out once is no last resort.
    { ...resort(0), version: now + 1 },
  ]
  for (const one of forged) await expect(give(one)).rejects.toMatchObject({ code: 'bad_signature' })
  await expect(give(resort(0))).rejects.toMatchObject({ code: 'invalid_params' })
  expect(stands()).toEqual({ last_resort: good, version: now })
})

it('a last resort that is older does not come back, and one that is dated far ahead is refused until its time comes', async () => {
  await give(resort(now))
  await give({ ...signKeyPackage(bob.deviceKey, owner, Uint8Array.of(7), now - 1) })
  const ahead = resort(now + 15 * 60_000 + 1)
  await expect(give(ahead)).rejects.toMatchObject({ code: 'invalid_params', reason: 'ahead' })
  expect(await new FactReceiver(net.parts).learn(net.peer, [encodeFact(fact(ahead))])).toBe(false)
  expect(stands()).toEqual({ last_resort: good, version: now })
  await give(resort(now + 15 * 60_000))
  expect(stands()).toMatchObject({ version: now + 15 * 60_000 })
})

it('random bytes in place of a last resort are a refusal with a code, and nothing is kept', async () => {
  const random = (length: number) => new Uint8Array(length).map(() => Math.floor(Math.random() * 256))
  for (let round = 0; round < 50; round++) {
    const one = { keyPackage: random(round), version: now, signature: random(64) }
    const thrown: unknown = await give(one).catch((error: unknown) => error)
    expect(thrown).toBeInstanceOf(ParleyError)
  }
  expect(stands()).toBeUndefined()
})
