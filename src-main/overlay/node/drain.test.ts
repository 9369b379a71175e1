import { afterEach, expect, it } from 'vitest'
import { silentLog, systemRandom } from '../../base/index.ts'
import { fixedLedger, startNodes, testIdentity, type TestNodes, waitFor } from '../../testing/testnet-nodes.ts'
import { parseNodeAddress } from '../link/address.ts'
import { dial } from '../link/dial.ts'
import { createDevice, type TestDevice, writeToEachOther } from '../test-device.ts'

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
  const { acknowledged, stop, haveArrived } = writeToEachOther(devices)
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
  await stop()
  await waitFor(haveArrived, 20_000)
}, 60_000)
