import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, expect, it } from 'vitest'
import { silentLog, systemClock, systemRandom } from '../../base/index.ts'
import { createOverlay, parseNodeAddress } from '../../overlay/index.ts'
import { fixedLedger, startNodes, testIdentity, waitFor } from '../../testing/testnet-nodes.ts'
import { NodeMetrics } from './metrics.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** An RFC 5389 binding request. */
const BINDING = Buffer.concat([Buffer.from('000100002112a442', 'hex'), systemRandom.bytes(12)])

it('counts what services are asked for by how it ended, and names nobody', async () => {
  const ice = { stun: { host: '127.0.0.1', port: 0 } }
  const net = await startNodes(1, { ledger: fixedLedger(), more: () => ({ ice }) })
  closing.push(() => net.stop())
  const identity = testIdentity()
  const overlay = createOverlay({
    identity,
    chain: '0badcafe',
    nodes: net.addresses.map(parseNodeAddress),
    salt: () => Promise.resolve(new Uint8Array(32)),
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
  })
  closing.push(() => overlay.stop())
  await overlay.start()
  await waitFor(() => overlay.nodes().length === 1)
  const metrics = new NodeMetrics(() => {
    const [node] = net.nodes
    if (!node) throw new Error('no node')
    return node.status()
  })
  expect(await metrics.text()).not.toContain('parley_s2_served_total{')
  const [node] = overlay.nodes()
  if (!node) throw new Error('not linked')
  const group = new Uint8Array(32).fill(7)
  await overlay.appendLog(group, 0, new Uint8Array([1]))
  await overlay.readLog(group, 0, 10)
  const { servers } = await node.request('getIceServers', {}, 'iceServers', 2_000)
  await node.request('getFees', {}, 'fees', 2_000)
  const consent = {
    channel: `0x${'1'.repeat(64)}`,
    deposited: 1n,
    paid: 1n,
    sequence: 1n,
    signature: new Uint8Array(64),
  }
  await expect(node.request('closeChannel', consent, 'closeConsent', 2_000)).rejects.toThrow()
  const socket = createSocket('udp4')
  closing.push(() => new Promise((resolve) => socket.close(() => resolve())))
  const answered = once(socket, 'message')
  socket.send(BINDING, Number(servers[0]?.url.split(':')[2]), '127.0.0.1')
  await answered
  const text = await metrics.text()
  for (const line of [
    'parley_s2_served_total{service="log",from="device",frame="logAppend",result="ok"} 1',
    'parley_s2_served_total{service="log",from="device",frame="logRead",result="ok"} 1',
    'parley_s2_served_total{service="ice",from="device",frame="getIceServers",result="ok"} ',
    'parley_s2_served_total{service="fees",from="device",frame="getFees",result="ok"} 1',
    'parley_s2_served_total{service="fees",from="device",frame="closeChannel",result="not_supported"} 1',
    'parley_s2_stun_total{result="answered"} 1',
    'parley_s2_stun_total{result="limited"} 0',
    'parley_s2_devices 1',
    'parley_s2_contacts 0',
    'parley_s2_key_package_bytes 0',
    'parley_s2_revocations 0',
    'parley_s2_accepted 0',
    'parley_s2_watches 0',
    'parley_s2_registry_in_force 0',
    'parley_s2_registry_nodes 0',
  ])
    expect(text).toContain(line)
  const { addressText, deviceId } = identity.certificate
  for (const secret of [addressText.slice(2), deviceId, '07'.repeat(32), '127.0.0.1'])
    expect(text).not.toContain(secret)
})
