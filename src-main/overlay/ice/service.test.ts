import { createHmac } from 'node:crypto'
import { afterEach, expect, it } from 'vitest'
import { SecretText, silentLog, systemClock, systemRandom } from '../../base/index.ts'
import { createTestNode, testIdentity, waitFor } from '../../testing/testnet-nodes.ts'
import { parseNodeAddress } from '../link/address.ts'
import { dial } from '../link/dial.ts'
import type { S2Node } from '../node/node.ts'
import { createDevice } from '../test-device.ts'
import type { IceServer } from '../types.ts'
import { CREDENTIAL_SECONDS, LISTS } from './constants.ts'
import type { IceOptions } from './service.ts'

const SECRET = 'a secret of the tests'
const TURN = ['turn:192.0.2.1:3478?transport=udp', 'turn:turn.example.org:3478']
const open: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

async function startNode(ice?: IceOptions, now = () => systemClock.now(), peers: string[] = []): Promise<S2Node> {
  const node = createTestNode({
    peers: peers.map(parseNodeAddress),
    clock: { ...systemClock, now },
    ...(ice && { ice }),
  })
  open.push(() => node.stop())
  await node.start()
  return node
}

async function link(node: S2Node, { certificate, deviceKey } = testIdentity()) {
  const credentials = { role: 'device', certificate: certificate.signed, key: deviceKey } as const
  const address = parseNodeAddress(node.endpoint)
  const { connection } = await dial({
    ...{ node: address, credentials, chain: '0badcafe', random: systemRandom, log: silentLog },
  })
  open.push(async () => connection.close())
  return { connection, identity: certificate }
}

it('names its STUN server, and the TURN servers with credentials that coturn takes and that name nobody', async () => {
  const now = 1_800_000_000_000
  const turn = { urls: TURN, secret: new SecretText(SECRET) }
  const node = await startNode({ stun: { host: '127.0.0.1', port: 0 }, turn }, () => now)
  const { connection, identity } = await link(node)
  const { servers, lifetime } = await connection.request('getIceServers', {}, 'iceServers', 2_000)
  expect(lifetime).toBe(CREDENTIAL_SECONDS)
  expect(servers[0]).toMatchObject({ url: expect.stringMatching(/^stun:127\.0\.0\.1:\d+$/), credential: null })
  expect(servers.slice(1).map(({ url }) => url)).toEqual(TURN)
  for (const { credential } of servers.slice(1)) {
    const { username = '', password } = credential ?? {}
    expect(username).toMatch(new RegExp(`^${now / 1000 + CREDENTIAL_SECONDS}:[0-9a-f]{16}$`))
    expect(password).toBe(createHmac('sha1', SECRET).update(username).digest('base64'))
    expect(username).not.toContain(identity.addressText.slice(2, 10))
  }
})

it('gives a device one user name for an hour, from every node with this secret, and each device another', async () => {
  let now = 1_800_000_000_000
  const start = () => startNode({ turn: { urls: TURN, secret: new SecretText(SECRET) } }, () => now)
  const nodes = [await start(), await start()] as const
  const device = testIdentity()
  const ids = async (node: S2Node, identity = device) => {
    const { connection } = await link(node, identity)
    const { servers } = await connection.request('getIceServers', {}, 'iceServers', 2_000)
    return servers.map(({ credential }) => credential?.username.split(':')[1])
  }
  const [id] = await ids(nodes[0])
  expect(id).toMatch(/^[0-9a-f]{16}$/)
  now += (CREDENTIAL_SECONDS / 2) * 1000
  expect(new Set([...(await ids(nodes[0])), ...(await ids(nodes[1]))])).toEqual(new Set([id]))
  expect(await ids(nodes[0], testIdentity())).not.toContain(id)
  now += 3_600_000
  expect(await ids(nodes[0])).not.toContain(id)
})

it('names nothing where the operator offers nothing', async () => {
  const { connection } = await link(await startNode())
  expect((await connection.request('getIceServers', {}, 'iceServers', 2_000)).servers).toEqual([])
})

it('is asked so often and no more', async () => {
  const { connection } = await link(await startNode())
  const ask = () => connection.request('getIceServers', {}, 'iceServers', 2_000)
  for (let round = 0; round < LISTS.burst; round++) await ask()
  await expect(ask()).rejects.toMatchObject({ code: 'rate_limited' })
})

it('a device asks on where the first home nodes that it asks have no TURN server', async () => {
  const first = await startNode()
  const second = await startNode({ stun: { host: '127.0.0.1', port: 0 } }, undefined, [first.endpoint])
  const turn = { urls: TURN, secret: new SecretText(SECRET) }
  const third = await startNode({ turn }, undefined, [first.endpoint, second.endpoint])
  const nodes = [first, second, third]
  await waitFor(() => nodes.every((node) => node.peers().length === 2))
  const device = createDevice(nodes.map(({ endpoint }) => endpoint))
  open.push(() => device.overlay.stop())
  let heard: readonly IceServer[] = []
  device.overlay.on('ice', (servers) => (heard = servers))
  await device.overlay.start()
  await waitFor(() => heard.length === 3)
  expect(heard.map(({ url }) => url)).toEqual(expect.arrayContaining(TURN))
})

it('a device hears of the servers of its nodes', async () => {
  const first = await startNode({ turn: { urls: TURN.slice(0, 1), secret: new SecretText(SECRET) } })
  const second = await startNode({ stun: { host: '127.0.0.1', port: 0 } }, undefined, [first.endpoint])
  await waitFor(() => first.peers().length === 1)
  const device = createDevice([first.endpoint, second.endpoint])
  open.push(() => device.overlay.stop())
  let heard: readonly IceServer[] = []
  device.overlay.on('ice', (servers) => (heard = servers))
  await device.overlay.start()
  await waitFor(() => heard.length === 2)
  expect(heard.map(({ url }) => url.split(':')[0]).sort()).toEqual(['stun', 'turn'])
  expect(heard.find(({ url }) => url === TURN[0])?.password).toMatch(/^[\w+/]{27}=$/)
})
