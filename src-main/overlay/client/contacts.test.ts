import { afterEach, expect, it } from 'vitest'
import { type Clock, silentLog, systemClock, systemRandom } from '../../base/index.ts'
import { fixedLedger, startNodes, testIdentity, type TestNodes, waitFor } from '../../testing/testnet-nodes.ts'
import { ParleyError } from '../../contract/index.ts'
import type { LinkInput } from '../../wire/index.ts'
import { checkAllowed } from '../mailbox/allow-list.ts'
import { createDevice, type TestDevice } from '../test-device.ts'
import { Contacts } from './contacts.ts'
import type { NodeLink } from './node-link.ts'

const DAY = 24 * 3_600_000
const HOUR = 3_600_000
const [A, B, C] = ['a', 'b', 'c'].map((digit) => `0x${digit.repeat(64)}`) as [string, string, string]
let net: TestNodes | undefined
afterEach(() => net?.stop())

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

/** A device's contacts, and a node with the right time: `lists` are what another device of the address told it, and what it took. */
function atNode(aheadMs: () => number | undefined) {
  const identity = testIdentity()
  const { addressText: address, signed: certificate } = identity.certificate
  const lists: { version: number; senders: readonly string[] }[] = [{ version: Date.now(), senders: [C] }]
  const take = ({ version, addresses, signature }: LinkInput<'setAllowed'>) => {
    const senders = [...addresses]
    checkAllowed(
      { address, version: Number(version), senders, certificate, signature: new Uint8Array(signature) },
      Date.now(),
    )
    const stands = lists.at(-1)?.version ?? 0
    if (stands > Number(version)) throw new ParleyError('conflict', 'Later.', { reason: `version:${stands}` })
    lists.push({ version: Number(version), senders })
  }
  const request = async (name: string, body: LinkInput<'setAllowed'>) => {
    if (name === 'setAllowed') take(body)
  }
  const link = { connection: {}, request } as unknown as NodeLink
  const time = { ahead: 0, due: () => {} }
  const clock: Clock = {
    ...systemClock,
    now: () => Date.now() + time.ahead,
    after: (_, task) => ((time.due = task), () => {}),
  }
  const links = { connected: () => [link], clockAheadMs: aheadMs }
  return { time, lists, contacts: new Contacts({ identity, links, clock, random: systemRandom, log: silentLog }) }
}

it.each([HOUR, -HOUR])('is told when a clock that was wrong by %i ms has been set', async (ahead) => {
  const { time, lists, contacts } = atNode(() => undefined)
  time.ahead = ahead
  contacts.set([A])
  await contacts.told()
  time.ahead = 0
  time.due()
  await contacts.told()
  expect(lists.at(-1)?.senders).toEqual([A])
  contacts.set([B])
  await contacts.told()
  expect(lists.at(-1)?.senders).toEqual([B])
})

it.each([HOUR, -HOUR])('is told by a clock that nodes say is wrong by %i ms', async (ahead) => {
  const { time, lists, contacts } = atNode(() => ahead)
  time.ahead = ahead
  for (const address of [A, B]) {
    contacts.set([address])
    await contacts.told()
    expect(lists.at(-1)?.senders).toEqual([address])
  }
})

it('a node that is silent does not hold up what is sent by others', async () => {
  const silent = { connection: {}, request: () => new Promise(() => {}) } as unknown as NodeLink
  const links = { connected: () => [silent], clockAheadMs: () => undefined }
  const options = { identity: testIdentity(), links, random: systemRandom, log: silentLog }
  const contacts = new Contacts({ ...options, clock: systemClock })
  contacts.set([A])
  await contacts.toldSoon()
  contacts.linked(silent)
  await contacts.toldSoon()
})
