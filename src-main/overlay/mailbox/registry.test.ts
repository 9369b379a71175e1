import { expect, it } from 'vitest'
import { type Clock, systemRandom } from '../../base/index.ts'
import { testIdentity } from '../../testing/testnet-nodes.ts'
import { defaultLimits } from '../limits/limits.ts'
import { createEmbeddedState } from '../state/index.ts'
import { keyPackages } from '../test-device.ts'
import { DeviceRegistry } from './registry.ts'

const HOUR = 3_600_000

async function open(devices: number) {
  const clock: Clock = { now: () => Date.now(), steady: () => 0, after: () => () => {} }
  const limits = { ...defaultLimits, kept: { ...defaultLimits.kept, devices } }
  const state = createEmbeddedState({ path: ':memory:', limits, onError: () => {} })
  await state.start()
  return { state, registry: new DeviceRegistry(state, clock) }
}

function person() {
  const { certificate } = testIdentity()
  const link = { address: certificate.addressText, device: certificate.deviceId, certificate: certificate.signed }
  return { certificate, link }
}

it('keeps a linked device that says it is here, however many come after it', async () => {
  const { state, registry } = await open(3)
  const now = Date.now()
  const [here, quiet] = [person(), person()]
  await registry.remember(here.certificate, now)
  await registry.remember(quiet.certificate, now + 1)
  for (let hour = 1; hour < 8; hour++) {
    await registry.remember(person().certificate, now + hour * HOUR)
    await registry.stays(here.link, now + hour * HOUR + 1)
  }
  expect(registry.knows(here.link.device, here.link.address)).toBe(true)
  expect(registry.knows(quiet.link.device, quiet.link.address)).toBe(false)
  await state.stop()
})

it('remembers a linked device anew that has given way', async () => {
  const { state, registry } = await open(1)
  const now = Date.now()
  const here = person()
  await registry.remember(here.certificate, now)
  await registry.remember(person().certificate, now + HOUR)
  expect(registry.knows(here.link.device, here.link.address)).toBe(false)
  await registry.stays(here.link, now + HOUR + 1)
  expect(registry.knows(here.link.device, here.link.address)).toBe(true)
  await state.stop()
})

it('drops the key packages of a certificate that was renewed, and never those of a device that another wallet claims', async () => {
  const { state, registry } = await open(10)
  const [wallet, device, other] = [systemRandom.bytes(32), systemRandom.bytes(32), systemRandom.bytes(32)]
  const certificateOf = async (seed: Uint8Array<ArrayBuffer>) => {
    await new Promise((resolve) => setTimeout(resolve, 2))
    return testIdentity(seed.slice(), device.slice()).certificate
  }
  const first = await certificateOf(wallet)
  const link = { address: first.addressText, device: first.deviceId }
  const publish = () => {
    const { packages, lastResort } = keyPackages(
      testIdentity(wallet.slice(), device.slice()),
      [new Uint8Array(9), new Uint8Array(8)],
      new Uint8Array(7),
    )
    return registry.publish(link, packages, lastResort, Date.now())
  }
  await registry.remember(first, Date.now())
  expect(await publish()).toBe(2)
  await registry.remember(first, Date.now())
  expect(registry.stock(link.device)).toBe(2)
  await registry.remember(await certificateOf(wallet), Date.now())
  expect(registry.stock(link.device)).toBe(0)
  expect(registry.lastResorts(link.address, [link.device])).toHaveLength(1)
  await publish()
  await registry.remember(await certificateOf(other), Date.now())
  await registry.remember(await certificateOf(other), Date.now())
  expect(registry.stock(link.device)).toBe(2)
  await state.stop()
})
