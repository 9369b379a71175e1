import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Clock, silentLog, systemClock, systemRandom } from '../../base/index.ts'
import { fixedLedger, startNodes, testIdentity, type TestNodes, waitFor } from '../../testing/testnet-nodes.ts'
import { MAX_SOCKET_BACKLOG } from '../constants.ts'
import { parseNodeAddress } from '../link/address.ts'
import { dial } from '../link/dial.ts'
import { allowList, testEnvelope } from '../test-device.ts'
import type { OverlayIdentity } from '../types.ts'
import { SILENT_MS } from './server.ts'

const CHAIN = '0badcafe'
const ENVELOPE_BYTES = 60_000
/** What the kernels of both ends hold for one loopback connection, generously. */
const KERNEL_BYTES = 16 * 1024 * 1024
let net: TestNodes
/** The node's look for silent sockets, when the test wants it. */
let look = () => {}
beforeEach(async () => {
  const clock: Clock = {
    ...systemClock,
    after: (ms, task) => (ms === SILENT_MS ? ((look = task), () => {}) : systemClock.after(ms, task)),
  }
  net = await startNodes(1, { ledger: fixedLedger(CHAIN), clock })
})
afterEach(() => net.stop())

const status = () => {
  const [node] = net.nodes
  if (!node) throw new Error('no node')
  return node.status()
}
async function link(identity: OverlayIdentity) {
  const credentials = { role: 'device', certificate: identity.certificate.signed, key: identity.deviceKey } as const
  const node = parseNodeAddress(net.addresses[0] ?? '')
  return (await dial({ node, credentials, chain: CHAIN, random: systemRandom, log: silentLog })).connection
}

describe('a socket that stops reading without closing', () => {
  it('is dropped when it is 4 MiB behind; what it did not accept waits in its mailbox, and others are served', async () => {
    const [reader, sender] = [testIdentity(), testIdentity()]
    const deaf = await link(reader)
    const addresses = [sender.certificate.addressText]
    await deaf.request('setAllowed', allowList(reader, addresses), 'ok', 2_000)
    deaf.pause()
    const before = status().counters.sent
    const sending = await link(sender)
    const send = () => {
      const { addressText: address, deviceId: device } = reader.certificate
      const envelope = testEnvelope(sender, ENVELOPE_BYTES).bytes
      const body = { address, device, ttl: 60_000, urgency: { message: true } as never, envelope }
      return sending.request('send', body, 'sendResult', 20_000)
    }
    const count = 250
    const results = Array.from({ length: count }, send)
    await waitFor(() => status().links.devices === 1, 10_000)
    expect(await sending.request('ping', {}, 'pong', 5_000)).toBeDefined()
    for (const { result } of await Promise.all(results)) expect(result.$kind).toBe('queued')
    expect(status().mail.envelopes).toBe(count)
    expect(status().counters.sent - before).toBeLessThan(MAX_SOCKET_BACKLOG + KERNEL_BYTES)
    expect(deaf.closed).toBe(false)
    for (const each of [deaf, sending]) each.close()
  }, 30_000)

  it('is dropped when it asks on and on and reads no answer', async () => {
    const deaf = await link(testIdentity())
    const group = `0x${'ab'.repeat(32)}`
    const entry = systemRandom.bytes(60_000)
    await deaf.request('logAppend', { group, epoch: 0, entry, founding: null }, 'logResult', 8_000)
    deaf.pause()
    // Many times what the kernels hold.
    let asked = 0
    while (status().links.devices > 0 && asked < 4_000) {
      for (let each = 0; each < 20; each++) deaf.send('logRead', ++asked, { group, from: 0, limit: 10 })
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await waitFor(() => status().links.devices === 0)
    expect(status().counters.sent).toBeLessThan(MAX_SOCKET_BACKLOG + KERNEL_BYTES)
    deaf.close()
  }, 30_000)

  it('is dropped when it says nothing from one look to the next, and who speaks stays', async () => {
    const [silent, speaking] = [await link(testIdentity()), await link(testIdentity())]
    silent.pause()
    expect(status().links.devices).toBe(2)
    look()
    await speaking.request('ping', {}, 'pong', 2_000)
    look()
    await waitFor(() => status().links.devices === 1)
    await speaking.request('ping', {}, 'pong', 2_000)
    for (const each of [silent, speaking]) each.close()
  })
})
