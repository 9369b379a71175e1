import { afterEach, expect, it } from 'vitest'
import { silentLog, systemRandom } from '../../base/index.ts'
import { fixedLedger, startNodes, testIdentity, type TestNodes, waitFor } from '../../testing/testnet-nodes.ts'
import { parseNodeAddress } from '../link/address.ts'
import { dial } from '../link/dial.ts'
import { createDevice, type TestDevice } from '../test-device.ts'

const DAY = 24 * 3_600_000
let net: TestNodes
let devices: TestDevice[] = []
afterEach(async () => {
  await Promise.all(devices.map(({ overlay }) => overlay.stop()))
  devices = []
  await net.stop()
})

const connected = ({ overlay }: TestDevice) => overlay.links().filter(({ state }) => state === 'connected').length

it('a node that drains lets nobody in, sends its clients away, and nothing that was acknowledged is lost', async () => {
  net = await startNodes(4, { ledger: fixedLedger() })
  devices = Array.from({ length: 6 }, () => createDevice(net.addresses))
  const contacts = devices.map(({ to }) => to.address)
  for (const { overlay } of devices) {
    overlay.setContacts(contacts)
    await overlay.start()
  }
  await waitFor(() => devices.every((device) => connected(device) >= 3), 10_000)
  await Promise.all(devices.map(({ overlay }) => overlay.contactsTold()))
  const acknowledged: { to: TestDevice; id: string }[] = []
  let running = true
  const writers = devices.map(async (from, index) => {
    for (let turn = 0; running; turn++) {
      const to = devices[(index + 1 + (turn % (devices.length - 1))) % devices.length] as TestDevice
      const { id, bytes } = from.envelope()
      const sent = await from.overlay.send(to.to, bytes, 'message', DAY).catch(() => undefined)
      if (sent) acknowledged.push({ to, id })
    }
  })
  await waitFor(() => acknowledged.length > 50, 20_000)
  const [node] = net.nodes
  await node?.drain(4_000)
  expect(node?.status()).toMatchObject({ draining: true, links: { devices: 0 }, replicating: 0 })
  const { certificate, deviceKey: key } = testIdentity()
  const credentials = { role: 'device', certificate: certificate.signed, key } as const
  const late = { node: parseNodeAddress(net.addresses[0] ?? ''), credentials, chain: '0badcafe' }
  await expect(dial({ ...late, random: systemRandom, log: silentLog })).rejects.toMatchObject({ code: 'offline' })
  await net.kill(0)
  const before = acknowledged.length
  await waitFor(() => acknowledged.length > before + 50, 20_000)
  running = false
  await Promise.all(writers)
  await waitFor(() => acknowledged.every(({ to, id }) => to.received.some((each) => each.id === id)), 20_000)
}, 60_000)
