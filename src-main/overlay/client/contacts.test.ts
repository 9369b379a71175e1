import { afterEach, expect, it } from 'vitest'
import { type Clock, systemClock, systemRandom } from '../../base/index.ts'
import { fixedLedger, startNodes, testIdentity, type TestNodes, waitFor } from '../../testing/testnet-nodes.ts'
import { createDevice, type TestDevice } from '../test-device.ts'

const DAY = 24 * 3_600_000
let net: TestNodes
afterEach(() => net.stop())

async function linked(device: TestDevice): Promise<void> {
  await device.overlay.start()
  await waitFor(() => device.overlay.links()[0]?.state === 'connected')
}

it('a device that is told to wait tells its contacts again when the time is over, on the same link', async () => {
  net = await startNodes(1, { ledger: fixedLedger(), limits: { frames: { perSecond: 4, burst: 40 } } })
  const [alice, bob] = [createDevice(net.addresses), createDevice(net.addresses)]
  await linked(alice)
  await linked(bob)
  let breaks = 0
  bob.overlay.on('links', (links) => (breaks += links.some(({ state }) => state !== 'connected') ? 1 : 0))
  const ask = () =>
    bob.overlay.lookup(alice.to.address).then(
      () => false as const,
      (error: { code: string }) => error.code,
    )
  // Uses up what Bob may send at once.
  let code: string | false = false
  while (code === false) code = await ask()
  expect(code).toBe('rate_limited')
  bob.overlay.setContacts([alice.to.address])
  await bob.overlay.contactsTold()
  await waitFor(() => bob.overlay.isOnline(alice.to.address))
  expect(await alice.overlay.send(bob.to, alice.envelope().bytes, 'message', DAY)).toBe('delivered')
  expect(breaks).toBe(0)
  await Promise.all([alice.overlay.stop(), bob.overlay.stop()])
})

it('what one device is told now counts before what another one of its address, whose clock is ahead, said before', async () => {
  net = await startNodes(3, { ledger: fixedLedger() })
  const seed = systemRandom.bytes(32)
  const ahead: Clock = { ...systemClock, now: () => systemClock.now() + 10 * 60_000 }
  const [alice, carol] = [createDevice(net.addresses), createDevice(net.addresses)]
  const early = createDevice(net.addresses, { identity: testIdentity(seed.slice()), clock: ahead })
  const right = createDevice(net.addresses, { identity: testIdentity(seed.slice()) })
  early.overlay.setContacts([carol.to.address])
  right.overlay.setContacts([])
  for (const device of [early, right, alice, carol]) await linked(device)
  await Promise.all([early.overlay.contactsTold(), right.overlay.contactsTold()])
  // An older list that is told to one more node does not replace the newer one.
  expect(await carol.overlay.send(right.to, carol.envelope().bytes, 'message', DAY)).toBe('delivered')
  right.overlay.setContacts([alice.to.address])
  await right.overlay.contactsTold()
  expect(await alice.overlay.send(right.to, alice.envelope().bytes, 'message', DAY)).toBe('delivered')
  const late = carol.overlay.send(right.to, carol.envelope().bytes, 'message', DAY)
  await expect(late).rejects.toMatchObject({ code: 'not_a_contact' })
  await waitFor(() => right.overlay.isOnline(alice.to.address))
  await Promise.all([early, right, alice, carol].map(({ overlay }) => overlay.stop()))
})
