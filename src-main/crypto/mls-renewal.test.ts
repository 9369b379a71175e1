import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { Secret, utf8 } from '../base/index.ts'
import { issueCertificate } from './certificate.ts'
import { type SigningKey, signingKeyFromSeed } from './ed25519.ts'
import type { Mls } from './mls-types.ts'
import { openMls } from './mls.ts'

const HOUR = 3_600_000
const START = 1_700_000_000_000
const newKey = () => signingKeyFromSeed(new Secret(randomBytes(32)))

interface Device {
  mls: Mls
  wallet: SigningKey
  deviceKey: SigningKey
  now: number
}

/** With a certificate for an hour from `issuedAt` on. */
async function device(wallet = newKey(), deviceKey = newKey(), issuedAt = START): Promise<Device> {
  const fields = { devicePublicKey: deviceKey.publicKey, sealingKey: randomBytes(32), label: 'test' }
  const certificate = issueCertificate(wallet, { ...fields, issuedAt, expiresAt: issuedAt + HOUR })
  const made = { wallet, deviceKey, now: issuedAt }
  const mls = await openMls({ certificate: certificate.signed, deviceKey, now: () => made.now })
  return Object.assign(made, { mls })
}

/** The first made the group with the others; answers each one's state as well. */
async function group(devices: Device[]) {
  const id = randomBytes(32)
  const [maker, ...others] = devices
  const packages = await Promise.all(others.map(({ mls }) => mls.createKeyPackages(1)))
  const publicBytes = packages.flat().map((made) => made.publicBytes)
  const { state, welcome } = await maker!.mls.createGroup(id, publicBytes)
  const joined = await Promise.all(others.map(({ mls }, at) => mls.join(welcome, packages[at]!)))
  const states = [state, ...joined.map((one) => one.state)]
  for (const [at, one] of devices.entries()) await one.mls.load(id, states[at]!)
  return { id, states }
}

/** The same device after a restart with another certificate. */
async function restarted(before: Device, id: Uint8Array, state: Uint8Array, issuedAt: number, wallet = before.wallet) {
  const after = await device(wallet, before.deviceKey, issuedAt)
  await after.mls.load(id, state)
  return after
}
const code = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => (error as { code: string }).code,
  )
const issued = async ({ mls }: Device, id: Uint8Array) =>
  (await mls.members(id)).map(({ issuedAt }) => issuedAt - START).toSorted((a, b) => a - b)

describe('a certificate that was renewed since the device came into the group', () => {
  test('comes in with the new keys of three, long after the old one has run out, for all alike', async () => {
    const [bob, alice, second] = await Promise.all([device(), device(), device()])
    // Only two people are in a conversation, which the sessions check.
    const { id, states } = await group([bob, alice, second])
    const later = 100 * HOUR
    const renewed = await restarted(alice, id, states[1]!, START + later)
    bob.now += later
    expect(await code(bob.mls.prepareUpdate(id))).toBe('expired')
    const { entry, next } = await renewed.mls.prepareUpdate(id)
    await renewed.mls.adoptUpdate(id, next)
    for (const one of [bob, second]) expect(await one.mls.followUpdate(id, entry)).toBeDefined()
    for (const one of [bob, renewed, second]) expect(await issued(one, id)).toEqual([0, 0, later])
    const { message } = await second.mls.encrypt(id, utf8('on'))
    for (const one of [bob, renewed]) expect((await one.mls.receive(id, message)).kind).toBe('application')
  })

  test('comes in by the turns of two', async () => {
    const [alice, bob] = await Promise.all([device(), device()])
    const { id, states } = await group([alice, bob])
    const later = 100 * HOUR
    alice.now += later
    const renewed = await restarted(bob, id, states[1]!, START + later)
    const made = await renewed.mls.update(id)
    expect((await alice.mls.receive(id, made!.commit)).kind).toBe('commit')
    for (const one of [alice, renewed]) expect(await issued(one, id)).toEqual([0, later])
    const { message } = await alice.mls.encrypt(id, utf8('on'))
    expect((await renewed.mls.receive(id, message)).kind).toBe('application')
  })

  test('is not taken back for an older one', async () => {
    const [bob, alice, second] = await Promise.all([device(), device(), device()])
    const { id, states } = await group([bob, alice, second])
    const older = await restarted(alice, id, states[1]!, START - 60_000)
    const { entry } = await older.mls.prepareUpdate(id)
    expect(await bob.mls.followUpdate(id, entry)).toBeDefined()
    expect(await issued(bob, id)).toEqual([0, 0, 0])
  })

  test('of another person for the same device is refused: passed over by three, an error for two', async () => {
    const [bob, alice, second] = await Promise.all([device(), device(), device()])
    const three = await group([bob, alice, second])
    const thief = await restarted(alice, three.id, three.states[1]!, START + 1000, second.wallet)
    const { entry } = await thief.mls.prepareUpdate(three.id)
    for (const one of [bob, second]) expect(await one.mls.followUpdate(three.id, entry)).toBeUndefined()

    const two = await group([bob, alice])
    bob.now += 1000
    const other = await restarted(alice, two.id, two.states[1]!, START + 1000, bob.wallet)
    const made = await other.mls.update(two.id)
    expect(await code(bob.mls.receive(two.id, made!.commit))).toBe('unauthorized')
    expect(await issued(bob, two.id)).toEqual([0, 0])
  })
})
