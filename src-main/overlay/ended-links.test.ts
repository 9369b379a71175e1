import { queryObjects } from 'node:v8'
import { expect, it } from 'vitest'
import { fixedLedger, startNodes, testIdentity } from '../testing/testnet-nodes.ts'
import { DeviceLink } from './relay/device-link.ts'
import { allowList, dialAs, testEnvelope } from './test-device.ts'

const SENDERS = 5

/** Collects the garbage first. */
const keptLinks = () => queryObjects(DeviceLink, { format: 'count' }) as unknown as number

it('a node keeps nothing of a link that ended, however many wrote to it', async () => {
  const net = await startNodes(1, { ledger: fixedLedger('0badcafe') })
  try {
    const node = net.addresses[0] ?? ''
    const bob = testIdentity()
    const senders = Array.from({ length: SENDERS }, () => testIdentity())
    const links = await Promise.all(senders.map((sender) => dialAs(sender, node)))
    const first = await dialAs(bob, node)
    const addresses = senders.map(({ certificate }) => certificate.addressText)
    await first.request('setAllowed', allowList(bob, addresses, 1), 'ok', 2_000)
    first.close()
    const { addressText: address, deviceId: device } = bob.certificate
    for (const [index, link] of links.entries()) {
      const to = await dialAs(bob, node)
      to.handle(({ name, id }) => {
        if (name === 'deliver') to.send('accept', id, { id: new Uint8Array(16) })
      })
      const envelope = testEnvelope(senders[index] ?? bob).bytes
      const send = { address, device, ttl: 60_000, urgency: { message: true } as never, envelope }
      const { result } = await link.request('send', send, 'sendResult', 5_000)
      expect(result.$kind).toBe('delivered')
      to.close()
    }
    await expect.poll(keptLinks, { interval: 500 }).toBe(SENDERS)
  } finally {
    await net.stop()
  }
})
