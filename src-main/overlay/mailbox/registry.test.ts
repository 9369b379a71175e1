import { expect, it } from 'vitest'
import type { Clock } from '../../base/index.ts'
import { testIdentity } from '../../testing/testnet-nodes.ts'
import { defaultLimits } from '../limits/limits.ts'
import { createEmbeddedState } from '../state/index.ts'
import { DeviceRegistry } from './registry.ts'

const HOUR = 3_600_000

async function open(devices: number) {
  const clock: Clock = { now: () => Date.now(), after: () => () => {} }
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
