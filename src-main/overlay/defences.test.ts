import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog, systemRandom } from '../base/index.ts'
import { sha256 } from '../crypto/index.ts'
import { fixedLedger, startNodes, testIdentity, type TestNodes, waitFor } from '../testing/testnet-nodes.ts'
import { defaultLimits } from './limits/limits.ts'
import { parseNodeAddress } from './link/address.ts'
import { dial } from './link/dial.ts'
import { signAccepted } from './mailbox/acceptance.ts'
import { allowList, createDevice, keyPackages, testEnvelope } from './test-device.ts'
import type { OverlayIdentity } from './types.ts'

const CHAIN = '0badcafe'
let net: TestNodes
let endpoint: string
beforeEach(async () => {
  const limits = {
    mailbox: { count: 30, bytes: 1 << 20 },
    mailboxPerSender: { count: 10, bytes: 1 << 20 },
    takes: { perSecond: 0.001, burst: 3 },
    acceptPerNetwork: { perSecond: 0.001, burst: 9 },
    acceptPerHost: { ...defaultLimits.acceptPerHost },
  }
  net = await startNodes(1, { ledger: fixedLedger(CHAIN), limits })
  endpoint = net.addresses[0] ?? ''
})
afterEach(() => net.stop())

async function link(identity: OverlayIdentity) {
  const credentials = { role: 'device', certificate: identity.certificate.signed, key: identity.deviceKey } as const
  const node = parseNodeAddress(endpoint)
  return (await dial({ node, credentials, chain: CHAIN, random: systemRandom, log: silentLog })).connection
}

/** A device that was here once, with these contacts, and is away. */
async function away(contacts: OverlayIdentity[]) {
  const identity = testIdentity()
  const connection = await link(identity)
  const addresses = contacts.map(({ certificate }) => certificate.addressText)
  await connection.request('setAllowed', allowList(identity, addresses), 'ok', 2_000)
  const lastResort = systemRandom.bytes(100)
  const packages = [1, 2].map(() => systemRandom.bytes(100))
  await connection.request('putKeyPackages', keyPackages(identity, packages, lastResort), 'stock', 2_000)
  connection.close()
  await waitFor(() => net.nodes[0]?.status().links.devices === 0)
  return { address: identity.certificate.addressText, device: identity.certificate.deviceId, lastResort }
}

describe('a node', () => {
  it('lets one sender fill his share of a mailbox and no more, and everybody its whole and no more', async () => {
    const senders = [1, 2, 3, 4].map(() => testIdentity())
    const { address, device } = await away(senders)
    const accepted: number[] = []
    for (const sender of senders) {
      const connection = await link(sender)
      const send = () => {
        const envelope = testEnvelope(sender).bytes
        const body = { address, device, ttl: 60_000, urgency: { message: true } as never, envelope }
        return connection.request('send', body, 'sendResult', 5_000)
      }
      const results = await Promise.allSettled(Array.from({ length: 15 }, send))
      accepted.push(results.filter(({ status }) => status === 'fulfilled').length)
      for (const result of results) if (result.status === 'rejected') expect(result.reason.code).toBe('rate_limited')
      connection.close()
    }
    expect(accepted).toEqual([10, 10, 10, 0])
    expect(net.nodes[0]?.status().mail.envelopes).toBe(30)
  })

  it('hands a stock of key packages out once, then the last resort, and then tells the taker to wait', async () => {
    const { address, lastResort } = await away([])
    const taker = await link(testIdentity())
    const take = () =>
      taker.request('takeKeyPackages', { address, devices: [], lastResort: true }, 'keyPackages', 2_000)
    const taken = [await take(), await take(), await take()].flatMap(({ packages }) => packages)
    expect(taken.map(({ signed }) => signed.version > 0)).toEqual([false, false, true])
    expect(taken[2]?.signed.keyPackage).toEqual(lastResort)
    await expect(take()).rejects.toMatchObject({ code: 'rate_limited' })
    const other = await link(testIdentity())
    const body = { address, devices: [], lastResort: true }
    expect(
      (await other.request('takeKeyPackages', body, 'keyPackages', 2_000)).packages[0]?.signed.version,
    ).toBeGreaterThan(0)
    taker.close()
    other.close()
  })

  it('stops letting in a network that dials too often, counts it, and serves those who are in', async () => {
    const device = createDevice([endpoint])
    await device.overlay.start()
    await waitFor(() => device.overlay.links()[0]?.state === 'connected')
    const dials = await Promise.allSettled(Array.from({ length: 12 }, () => link(testIdentity())))
    const inside = dials.filter((each) => each.status === 'fulfilled')
    expect(inside).toHaveLength(8)
    expect(net.nodes[0]?.status().counters.turnedAway.network).toBe(4)
    expect(device.overlay.links()[0]?.state).toBe('connected')
    for (const each of inside) each.value.close()
    await device.overlay.stop()
  })

  it('counts the frames of all devices of an address together, envelopes to linked contacts among them', async () => {
    await net.stop()
    net = await startNodes(1, { ledger: fixedLedger(CHAIN), limits: { frames: { perSecond: 0.001, burst: 20 } } })
    endpoint = net.addresses[0] ?? ''
    const wallet = systemRandom.bytes(32)
    const identities = [1, 2].map(() => testIdentity(wallet.slice()))
    const bob = createDevice([endpoint])
    bob.overlay.setContacts(identities.slice(0, 1).map(({ certificate }) => certificate.addressText))
    await bob.overlay.start()
    await waitFor(() => bob.overlay.links()[0]?.state === 'connected')
    await bob.overlay.contactsTold()
    const devices = await Promise.all(
      identities.map(async (identity) => {
        const connection = await link(identity)
        const ping = () => connection.request('ping', {}, 'pong', 2_000)
        const body = { ...bob.to, ttl: 60_000, urgency: { message: true } as never }
        const send = () =>
          connection.request('send', { ...body, envelope: testEnvelope(identity).bytes }, 'sendResult', 8_000)
        return { connection, ping, send }
      }),
    )
    for (let count = 0; count < 5; count++)
      for (const { ping, send } of devices) {
        await ping()
        expect((await send()).result.$kind).toBe('delivered')
      }
    for (const { ping } of devices) await expect(ping()).rejects.toMatchObject({ code: 'rate_limited' })
    const other = await link(testIdentity())
    await other.request('ping', {}, 'pong', 2_000)
    for (const { connection } of [...devices, { connection: other }]) connection.close()
    await bob.overlay.stop()
  })

  it('takes the acceptance of all that it sent, without a limit, and of nothing else more often than any frame', async () => {
    await net.stop()
    const burst = 40
    net = await startNodes(1, { ledger: fixedLedger(CHAIN), limits: { frames: { perSecond: 0.001, burst } } })
    endpoint = net.addresses[0] ?? ''
    const sender = testIdentity()
    const bob = testIdentity()
    const { addressText: address, deviceId: device } = bob.certificate
    const first = await link(bob)
    await first.request('setAllowed', allowList(bob, [sender.certificate.addressText]), 'ok', 2_000)
    first.close()
    await waitFor(() => net.nodes[0]?.status().links.devices === 0)
    const from = await link(sender)
    for (let number = 0; number < burst - 5; number++) {
      const { bytes: envelope } = testEnvelope(sender)
      const body = { address, device, ttl: 60_000, urgency: { message: true } as never, envelope }
      await from.request('send', body, 'sendResult', 5_000)
    }
    from.close()
    const refused: string[] = []
    const digests: Uint8Array[] = []
    const again = await link(bob)
    again.handle((frame) => {
      if (frame.name === 'deliver') digests.push(sha256(frame.body.envelope))
      if (frame.name === 'error') refused.push(frame.body.code)
    })
    await waitFor(() => digests.length === burst - 5)
    const accept = (digest: Uint8Array) =>
      again.send('acceptMail', 0, { digest, signature: signAccepted(bob.deviceKey, { address, digest }) })
    // Nearly all that an address may send is used up by now, and a lost acceptance would only make the envelope come again.
    for (let left = burst - 2; left > 0; left--) again.send('ping', 0, {})
    for (const digest of digests) accept(digest)
    await waitFor(() => net.nodes[0]?.status().mail.envelopes === 0)
    const before = refused.length
    const [known = new Uint8Array(32)] = digests
    for (let repeat = 0; repeat < 3 * burst; repeat++) accept(known)
    await waitFor(() => refused.length >= before + 2 * burst)
    expect(new Set(refused)).toEqual(new Set(['rate_limited']))
    again.close()
  })
})
