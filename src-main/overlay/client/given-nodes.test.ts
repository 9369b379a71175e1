import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { fixedLedger, startNodes, type TestNodes, waitFor } from '../../testing/testnet-nodes.ts'
import { parseNodeAddress } from '../link/address.ts'
import { createDevice, type TestDevice } from '../test-device.ts'
import type { KnownNode, NodeAddress } from '../types.ts'
import { NodeSet } from './node-set.ts'

const nets: TestNodes[] = []
const devices: TestDevice[] = []
afterEach(async () => {
  await Promise.all(devices.splice(0).map(({ overlay }) => overlay.stop()))
  await Promise.all(nets.splice(0).map((net) => net.stop()))
})

/** Nodes that do not know of each other. */
async function strangers(count: number): Promise<string[]> {
  for (let index = 0; index < count; index++) nets.push(await startNodes(1, { ledger: fixedLedger() }))
  return nets.flatMap(({ addresses }) => addresses)
}

async function device(...given: string[]) {
  let kept: readonly KnownNode[] = []
  const made = createDevice(given, { memory: { load: () => kept, save: (nodes) => (kept = nodes) } })
  devices.push(made)
  await made.overlay.start()
  const connected = () => made.overlay.links().filter(({ state }) => state === 'connected')
  return { ...made, linked: () => connected().map(({ endpoint }) => endpoint), kept: () => kept }
}
const withoutPrint = (addresses: string[]) => addresses.map((address) => address.replace(/#.*/, '')).sort()

it('nodes that are given while the program runs are linked at once, and those that are taken back are left and forgotten', async () => {
  const [one = '', two = '', three = ''] = await strangers(3)
  const alice = await device(one)
  await waitFor(() => alice.linked().length === 1)
  alice.overlay.setGiven([one, two, three].map(parseNodeAddress))
  await waitFor(() => alice.linked().length === 3)
  expect(alice.linked().sort()).toEqual(withoutPrint([one, two, three]))
  alice.overlay.setGiven([parseNodeAddress(two)])
  expect(alice.linked()).toEqual(withoutPrint([two]))
  expect(alice.kept().map(({ endpoints }) => endpoints[0])).toEqual(withoutPrint([two]))
  alice.overlay.setGiven([])
  expect(alice.overlay.links()).toEqual([])
  alice.overlay.setGiven([parseNodeAddress(three)])
  await waitFor(() => alice.linked().length === 1)
})

it('a node is tried without being kept, and what is wrong with it is told', async () => {
  const [one = ''] = await strangers(1)
  const alice = await device()
  await alice.overlay.tryNode(parseNodeAddress(one))
  expect(alice.overlay.links()).toEqual([])
  const wrongPrint = parseNodeAddress(`${one.replace(/#.*/, '')}#${'ab'.repeat(32)}`)
  await expect(alice.overlay.tryNode(wrongPrint)).rejects.toMatchObject({ code: 'bad_signature' })
  const foreign = createDevice([], { chain: '12345678' })
  await expect(foreign.overlay.tryNode(parseNodeAddress(one))).rejects.toMatchObject({ code: 'conflict' })
  const web = createServer((_, response) => response.end('hello'))
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve))
  const port = (web.address() as AddressInfo).port
  const page: NodeAddress = { endpoints: [`wss://127.0.0.1:${port}`], fingerprint: wrongPrint.fingerprint }
  await expect(alice.overlay.tryNode(page)).rejects.toMatchObject({ code: 'offline' })
  await new Promise((resolve) => web.close(resolve))
  await expect(alice.overlay.tryNode(page)).rejects.toMatchObject({ code: 'offline' })
})

it('a node that is given no more stays known where its record on the ledger was found', () => {
  const address = { endpoints: ['wss://127.0.0.1:1'], fingerprint: 'ab'.repeat(32) }
  const set = new NodeSet([address], [], () => [new Uint8Array(32)])
  set.learn({ ...address, nodeKey: 'cd'.repeat(32), object: `0x${'1'.repeat(64)}` })
  set.setGiven([])
  expect([set.given(), set.all()]).toMatchObject([[], [address]])
  set.setGiven([address])
  set.forget({ ...address, nodeKey: 'cd'.repeat(32) })
  set.setGiven([])
  expect(set.all()).toEqual([])
})
