import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Person, startTestnet, type Testnet } from '../testing/testnet.ts'

const MINUTES_10 = 600_000
const SECOND = 1_000
let net: Testnet
beforeAll(async () => void (net = await startTestnet({ nodes: 3 })))
afterAll(() => net.stop())

const ahead = async (person: Person) => (await person.call('network.status', {})).clockAheadMs

it('a computer whose clock is wrong is told by how much, also where no node lets it in, and no more once it is set', async () => {
  const [fast, slow, right] = await Promise.all([
    net.person('Fast', { clockOffsetMs: MINUTES_10 }),
    net.person('Slow', { clockOffsetMs: -MINUTES_10 }),
    net.person('Right'),
  ])
  await expect.poll(() => ahead(fast), { timeout: 10 * SECOND }).toBeGreaterThan(MINUTES_10 - 10 * SECOND)
  const reasons = async () => (await fast.call('network.status', {})).links.map(({ reason }) => reason)
  await expect.poll(reasons, { timeout: 10 * SECOND }).toContain('expired')
  await expect.poll(() => ahead(slow), { timeout: 10 * SECOND }).toBeLessThan(10 * SECOND - MINUTES_10)
  const connected = async () =>
    (await right.call('network.status', {})).links.some(({ state }) => state === 'connected')
  await expect.poll(connected, { timeout: 10 * SECOND }).toBe(true)
  expect(await ahead(right)).toBeUndefined()
  slow.clockOffsetMs = 0
  expect(await ahead(slow)).toBeUndefined()
}, 40_000)
