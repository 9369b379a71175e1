import { createServer, type AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { silentLog, systemRandom } from '../base/index.ts'
import { createTestNode, testIdentity, waitFor } from '../testing/testnet-nodes.ts'
import { parseNodeAddress } from './link/address.ts'
import { dial } from './link/dial.ts'
import type { S2Node } from './node/node.ts'
import type { S2NodeOptions } from './node/options.ts'
import { createDevice, type TestDevice } from './test-device.ts'

/** Nothing listens there: refused at once. */
const CLOSED = 'wss://127.0.0.1:1'
const nodes: S2Node[] = []
const devices: TestDevice[] = []

beforeEach(() => void nodes.splice(0))
afterEach(async () => {
  await Promise.all(devices.splice(0).map(({ overlay }) => overlay.stop()))
  await Promise.all(nodes.splice(0).map((node) => node.stop()))
})

async function startNode(change: Partial<S2NodeOptions> = {}): Promise<S2Node> {
  const node = createTestNode(change)
  await node.start()
  nodes.push(node)
  return node
}

async function link(...given: string[]): Promise<TestDevice> {
  const device = createDevice(given)
  devices.push(device)
  await device.overlay.start()
  await waitFor(() => device.overlay.links().some(({ state }) => state === 'connected'))
  return device
}

const alsoClosed = (endpoint: string) => `${CLOSED}#${endpoint.split('#')[1] ?? ''}`

it.each([
  ['first', (good: string) => [alsoClosed(good), good]],
  ['last', (good: string) => [good, alsoClosed(good)]],
])('a device that is given a node twice links to it, though the endpoint named %s is dead', async (_, given) => {
  const node = await startNode()
  await link(...given(node.endpoint))
})

it.each([
  ['first', (good: string) => [alsoClosed(good), good]],
  ['last', (good: string) => [good, alsoClosed(good)]],
])('a node that is given another twice links to it, though the endpoint named %s is dead', async (_, given) => {
  const one = await startNode()
  const two = await startNode({ peers: given(one.endpoint).map(parseNodeAddress) })
  await waitFor(() => two.peers().length === 1)
})

it('a node tells the endpoints of its other processes with its own, and devices go where one answers', async () => {
  const one = await startNode({ also: [CLOSED, 'wss://127.0.0.1:2', 'wss://127.0.0.1:3'] })
  const two = await startNode({ peers: [parseNodeAddress(one.endpoint)] })
  await waitFor(() => two.peers().length === 1 && one.peers().length === 1)
  const device = await link(two.endpoint)
  await waitFor(() => device.overlay.links().filter(({ state }) => state === 'connected').length === 2)
  const own = one.endpoint.split('#')[0]
  await waitFor(() => two.peers()[0]?.endpoints.length === 4)
  expect(two.peers()[0]?.endpoints).toEqual([own, CLOSED, 'wss://127.0.0.1:2', 'wss://127.0.0.1:3'])
})

it('whoever dials a node with several endpoints begins with any of them, and tries the others as well', async () => {
  const dials: string[][] = []
  const servers = await Promise.all(
    ['one', 'two', 'three'].map(async (name) => {
      const server = createServer((socket) => {
        dials.at(-1)?.push(name)
        socket.destroy()
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return server
    }),
  )
  const endpoints = servers.map((server) => `wss://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const to = { endpoints, fingerprint: 'ab'.repeat(32) }
  const { certificate, deviceKey: key } = testIdentity()
  const credentials = { role: 'device', certificate: certificate.signed, key } as const
  for (let turn = 0; turn < 40; turn++) {
    dials.push([])
    const dialling = dial({ node: to, credentials, chain: '0badcafe', random: systemRandom, log: silentLog })
    await expect(dialling).rejects.toMatchObject({ code: 'offline' })
  }
  expect(dials.every((names) => names.toSorted().join() === 'one,three,two')).toBe(true)
  expect(new Set(dials.map(([first]) => first)).size).toBe(3)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
})
