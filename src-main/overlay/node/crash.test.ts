import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it } from 'vitest'
import { waitFor } from '../../testing/testnet-nodes.ts'
import { createDevice, type TestDevice } from '../test-device.ts'

const DAY = 24 * 3_600_000
const TESTNET = fileURLToPath(new URL('../../testing/testnet-nodes.ts', import.meta.url))
const OVERLAY = fileURLToPath(new URL('../index.ts', import.meta.url))
const BASE = fileURLToPath(new URL('../../base/index.ts', import.meta.url))
/** A node by itself in a process that can be killed. */
const PROGRAM = `
  import { createS2Node, parseNodeAddress } from ${JSON.stringify(OVERLAY)}
  import { fixedLedger } from ${JSON.stringify(TESTNET)}
  import { silentLog, systemClock, systemRandom } from ${JSON.stringify(BASE)}
  const [port, dataDir, ...peers] = process.argv.slice(1)
  const node = createS2Node({ listen: { host: '127.0.0.1', port: Number(port) }, dataDir, ledger: fixedLedger(),
    peers: peers.map(parseNodeAddress), clock: systemClock, random: systemRandom, log: silentLog })
  await node.start()
  console.log(node.endpoint)
`
const children: ChildProcess[] = []
const devices: TestDevice[] = []
let folder = ''

afterEach(async () => {
  await Promise.all(devices.splice(0).map(({ overlay }) => overlay.stop()))
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

async function spawnNode(
  port: number,
  dataDir = folder,
  peers: string[] = [],
): Promise<{ endpoint: string; child: ChildProcess }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, String(port), dataDir, ...peers], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const endpoint = await new Promise<string>((resolve) =>
    child.stdout?.once('data', (data: Buffer) => resolve(data.toString().trim())),
  )
  return { endpoint, child }
}

it('what was answered queued survives kill -9 of the node, with its key and certificate', async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-node-'))
  const first = await spawnNode(0)
  const bob = createDevice([first.endpoint])
  const alice = createDevice([first.endpoint])
  devices.push(alice, bob)
  for (const [one, other] of [
    [alice, bob],
    [bob, alice],
  ] as const) {
    one.overlay.setContacts([other.to.address])
    await one.overlay.start()
    await waitFor(() => one.overlay.links()[0]?.state === 'connected')
  }
  await alice.overlay.send(bob.to, alice.envelope().bytes, 'message', DAY)
  await bob.overlay.stop()
  const queued: string[] = []
  const sends = Array.from({ length: 400 }, async () => {
    const { id, bytes } = alice.envelope()
    const result = await alice.overlay.send(bob.to, bytes, 'message', DAY).catch(() => 'offline')
    if (result === 'queued') queued.push(id)
  })
  await waitFor(() => queued.length >= 20)
  first.child.kill('SIGKILL')
  await Promise.all(sends)
  const port = Number(new URL(first.endpoint).port)
  const second = await spawnNode(port)
  expect(second.endpoint).toBe(first.endpoint)
  expect((await stat(join(folder, 'node.json'))).mode & 0o777).toBe(0o600)
  const again = createDevice([second.endpoint], { identity: bob.identity })
  devices.push(again)
  await again.overlay.start()
  await waitFor(() => again.received.length >= queued.length)
  const ids = again.received.map(({ id }) => id)
  expect(queued.filter((id) => !ids.includes(id))).toEqual([])
  expect(new Set(ids).size).toBe(ids.length)
  await waitFor(() => alice.overlay.links()[0]?.state === 'connected')
  expect(await alice.overlay.send(bob.to, alice.envelope().bytes, 'message', DAY)).toBe('delivered')
})

it('what was answered queued by a node that is killed while it writes is at the others', async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-node-'))
  const first = await spawnNode(0, join(folder, '0'))
  const second = await spawnNode(0, join(folder, '1'), [first.endpoint])
  const third = await spawnNode(0, join(folder, '2'), [first.endpoint, second.endpoint])
  const nodes = [first, second, third].map(({ endpoint }) => endpoint)
  const alice = createDevice(nodes)
  const bob = createDevice(nodes)
  devices.push(alice, bob)
  const linked = ({ overlay }: TestDevice) => overlay.links().filter(({ state }) => state === 'connected').length
  for (const device of [alice, bob]) {
    device.overlay.setContacts([(device === bob ? alice : bob).to.address])
    await device.overlay.start()
    await waitFor(() => linked(device) === 3, 20_000)
    await device.overlay.contactsTold()
  }
  await bob.overlay.stop()
  const queued: string[] = []
  const sends = Array.from({ length: 400 }, async () => {
    const { id, bytes } = alice.envelope()
    const result = await alice.overlay.send(bob.to, bytes, 'message', DAY).catch(() => 'offline')
    if (result === 'queued') queued.push(id)
  })
  await waitFor(() => queued.length >= 20, 15_000)
  first.child.kill('SIGKILL')
  await Promise.all(sends)
  const again = createDevice(nodes.slice(1), { identity: bob.identity })
  devices.push(again)
  await again.overlay.start()
  await waitFor(() => queued.every((id) => again.received.some((entry) => entry.id === id)), 15_000)
  expect(queued.length).toBeGreaterThan(20)
  expect(new Set(again.received.map(({ id }) => id)).size).toBe(again.received.length)
}, 60_000)
