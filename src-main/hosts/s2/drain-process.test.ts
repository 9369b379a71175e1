import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../base/index.ts'
import { createDevnet, createIotaLedger, type Devnet } from '../../ledger/index.ts'
import { createDevice, type TestDevice, writeToEachOther } from '../../overlay/test-device.ts'
import { waitFor } from '../../testing/testnet-nodes.ts'
import { partPath } from '../runtime/index.ts'

let folder: string
let devnet: Devnet
let rpc: string
let chain: string
const nodes: Node[] = []
const devices: TestDevice[] = []

interface Node {
  child: ChildProcess
  endpoint: string
  metrics: string
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-drain-'))
  devnet = createDevnet({ port: 0, listen: '127.0.0.1', clock: systemClock, log: silentLog })
  rpc = (await devnet.start()).rpc
  const ledger = createIotaLedger({ url: rpc, clock: systemClock, log: silentLog })
  chain = await ledger.chain()
  ledger.close()
})
afterAll(async () => {
  await Promise.all(devices.map(({ overlay }) => overlay.stop()))
  for (const { child } of nodes) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  await devnet.stop()
  await rm(folder, { recursive: true, force: true })
})

/** A node with its settings in a file. */
async function start(name: string): Promise<Node> {
  const config = join(folder, `${name}.json`)
  const peer = nodes.map(({ endpoint }) => endpoint)
  const settings = { ledger: rpc, data: join(folder, name), peer, metrics: '127.0.0.1:0', package: 'none' }
  await writeFile(config, JSON.stringify({ ...settings, 'drain-seconds': 4 }))
  const child = spawn(process.execPath, [partPath('cli'), 's2', '--config', config], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  for await (const line of createInterface({ input: child.stdout as NonNullable<typeof child.stdout> })) {
    const node = { child, ...(JSON.parse(line) as Omit<Node, 'child'>) }
    nodes.push(node)
    return node
  }
  throw new Error('the node did not start')
}

it('SIGTERM under traffic: clients go on elsewhere, and nothing that was acknowledged is lost', async () => {
  for (const name of ['one', 'two', 'three', 'four']) await start(name)
  const endpoints = nodes.map(({ endpoint }) => endpoint)
  devices.push(...Array.from({ length: 8 }, () => createDevice(endpoints, { chain })))
  for (const { overlay } of devices) {
    overlay.setContacts(devices.map(({ to }) => to.address))
    await overlay.start()
  }
  const links = ({ overlay }: TestDevice) => overlay.links().filter(({ state }) => state === 'connected').length
  await waitFor(() => devices.every((device) => links(device) >= 3), 15_000)
  await Promise.all(devices.map(({ overlay }) => overlay.contactsTold()))
  const { acknowledged, stop, haveArrived } = writeToEachOther(devices)
  await waitFor(() => acknowledged.length > 100, 20_000)
  const [first] = nodes as [Node]
  const health = async () => (await fetch(`${first.metrics}/health`)).status
  expect(await health()).toBe(200)
  expect((await fetch(`${first.metrics}/live`)).status).toBe(200)
  const exit = once(first.child, 'exit')
  first.child.kill('SIGTERM')
  expect(await exit).toEqual([0, null])
  const before = acknowledged.length
  await waitFor(() => acknowledged.length > before + 100, 20_000)
  await stop()
  await waitFor(haveArrived, 20_000)
}, 90_000)
