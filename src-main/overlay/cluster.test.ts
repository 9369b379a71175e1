import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Secret, systemRandom } from '../base/index.ts'
import { issueRevocation, signingKeyFromSeed } from '../crypto/index.ts'
import { hasNats, startNats, type TestNats } from '../testing/nats.ts'
import { createTestNode, testIdentity, waitFor } from '../testing/testnet-nodes.ts'
import { parseNodeAddress } from './link/address.ts'
import type { S2Node } from './node/node.ts'
import type { S2NodeOptions } from './node/options.ts'
import { createDevice, type TestDevice } from './test-device.ts'

const DAY = 24 * 3_600_000

describe.skipIf(!hasNats)('a node of several processes', () => {
  let nats: TestNats
  let folder: string
  let states = 0
  const nodes: S2Node[] = []
  const devices: TestDevice[] = []

  beforeAll(async () => {
    nats = await startNats(1)
  }, 20_000)
  afterAll(() => nats.stop())
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-cluster-'))
    states++
  })
  afterEach(async () => {
    await Promise.all(devices.splice(0).map(({ overlay }) => overlay.stop()))
    await Promise.all(nodes.splice(0).map((node) => node.stop()))
    await rm(folder, { recursive: true, force: true })
  })

  const startProcess = (name: string, change: Partial<S2NodeOptions> = {}) =>
    startAlone(name, { cluster: { servers: nats.urls, name: `node${states}`, replicas: 1 }, ...change })
  async function startAlone(name: string, change: Partial<S2NodeOptions> = {}): Promise<S2Node> {
    const node = createTestNode({ dataDir: join(folder, name), ...change })
    await node.start()
    nodes.push(node)
    return node
  }
  const second = () => startProcess('b', { identity: join(folder, 'a', 'node.json') })
  async function link(device: TestDevice, contacts: TestDevice[]): Promise<TestDevice> {
    devices.push(device)
    device.overlay.setContacts(contacts.map(({ to }) => to.address))
    await device.overlay.start()
    await waitFor(() => device.overlay.links()[0]?.state === 'connected')
    await device.overlay.contactsTold()
    return device
  }
  const idsOf = (device: TestDevice) => device.received.map(({ id }) => id)

  it('has one identity, and delivers live from one process to a device at another', async () => {
    const [a, b] = [await startProcess('a'), await second()]
    expect(b.nodeId).toBe(a.nodeId)
    expect(parseNodeAddress(b.endpoint).fingerprint).toBe(parseNodeAddress(a.endpoint).fingerprint)
    const alice = createDevice([a.endpoint])
    const bob = createDevice([b.endpoint])
    await link(alice, [bob])
    await link(bob, [alice])
    const { id, bytes } = alice.envelope()
    expect(await alice.overlay.send(bob.to, bytes, 'message', DAY)).toBe('delivered')
    expect(idsOf(bob)).toEqual([id])
    expect(await bob.overlay.send(alice.to, bob.envelope().bytes, 'signal', DAY)).toBe('delivered')
  })

  it('shows presence that was put at one process to whoever asks or watches at another, and to one that joins', async () => {
    const a = await startProcess('a')
    const alice = createDevice([a.endpoint])
    const bob = createDevice([a.endpoint])
    await link(alice, [bob])
    const b = await second()
    const carol = createDevice([b.endpoint])
    await link(carol, [alice])
    await waitFor(() => carol.overlay.isOnline(alice.to.address))
    const dave = await link(createDevice([b.endpoint]), [alice])
    expect(await dave.overlay.lookup(alice.to.address)).toHaveLength(1)
    await link(alice, [carol])
    await waitFor(() => alice.overlay.isOnline(carol.to.address))
    await carol.overlay.stop()
    await waitFor(() => !alice.overlay.isOnline(carol.to.address))
  })

  it('gives mail that was stored at one process to the device at another, in order and once', async () => {
    const [a, b] = [await startProcess('a'), await second()]
    const alice = createDevice([a.endpoint])
    const bob = createDevice([b.endpoint])
    await link(alice, [bob])
    await link(bob, [alice])
    await alice.overlay.send(bob.to, alice.envelope().bytes, 'message', DAY)
    await bob.overlay.stop()
    const sent: string[] = []
    for (let index = 0; index < 40; index++) {
      const { id, bytes } = alice.envelope()
      sent.push(id)
      expect(await alice.overlay.send(bob.to, bytes, 'message', DAY)).toBe('queued')
    }
    const again = createDevice([b.endpoint], { identity: bob.identity })
    const linking = link(again, [alice])
    for (let index = 0; index < 40; index++) {
      const { id, bytes } = alice.envelope()
      sent.push(id)
      await alice.overlay.send(bob.to, bytes, 'message', DAY)
    }
    await linking
    await waitFor(() => again.received.length >= sent.length)
    expect(idsOf(again)).toEqual(sent)
    await waitFor(() => a.status().mail.envelopes === 0 && b.status().mail.envelopes === 0)
  })

  it('keeps the newest link of a device, whichever process it is at', async () => {
    const [a, b] = [await startProcess('a'), await second()]
    const alice = createDevice([a.endpoint])
    const bob = createDevice([a.endpoint])
    await link(alice, [bob])
    await link(bob, [alice])
    await new Promise((resolve) => setTimeout(resolve, 2_100))
    const moved = createDevice([b.endpoint], { identity: bob.identity })
    await link(moved, [alice])
    await waitFor(() => bob.overlay.links()[0]?.state !== 'connected')
    await bob.overlay.stop()
    const { id, bytes } = alice.envelope()
    expect(await alice.overlay.send(bob.to, bytes, 'message', DAY)).toBe('delivered')
    expect(idsOf(moved)).toEqual([id])
  })

  it('cuts a revoked device off at every process', async () => {
    const [a, b] = [await startProcess('a'), await second()]
    const seed = systemRandom.bytes(32)
    const first = createDevice([a.endpoint], { identity: testIdentity(seed.slice()) })
    const other = createDevice([b.endpoint], { identity: testIdentity(seed.slice()) })
    await link(first, [])
    await link(other, [])
    const { devicePublicKey } = other.identity.certificate
    const wallet = signingKeyFromSeed(new Secret(seed.slice()))
    const { signed } = issueRevocation(wallet, { devicePublicKey, revokedAt: Date.now() })
    await first.overlay.publishRevocation(signed)
    await waitFor(() => other.overlay.links().every(({ reason }) => reason === 'revoked'))
  })

  it('serves on when one process ends, and refuses another identity', async () => {
    const [a, b] = [await startProcess('a'), await second()]
    await expect(startProcess('c')).rejects.toMatchObject({ code: 'conflict' })
    await expect(startProcess('d', { identity: join(folder, 'none.json') })).rejects.toMatchObject({
      code: 'invalid_params',
    })
    const alice = createDevice([a.endpoint])
    const bob = createDevice([b.endpoint])
    await link(bob, [alice])
    // After his: once her list stands at the one process, his, which came before it, stands there too.
    await link(alice, [bob])
    await alice.overlay.send(bob.to, alice.envelope().bytes, 'message', DAY)
    await b.stop()
    const { id, bytes } = alice.envelope()
    expect(await alice.overlay.send(bob.to, bytes, 'message', DAY)).toBe('queued')
    const again = createDevice([a.endpoint], { identity: bob.identity })
    await link(again, [alice])
    await waitFor(() => again.received.length === 1)
    expect(idsOf(again)).toEqual([id])
  })

  it('when one process ends, devices that were given both move to the other, and so do those that were told of both', async () => {
    const other = await startAlone('other')
    const first = await startProcess('a')
    const endpointOf = (node: S2Node) => node.endpoint.split('#')[0] ?? ''
    const peers = [parseNodeAddress(other.endpoint)]
    const identity = join(folder, 'a', 'node.json')
    const b = await startProcess('b', { identity, also: [endpointOf(first)], peers })
    const listen = { host: '127.0.0.1', port: Number(new URL(endpointOf(first)).port) }
    await first.stop()
    // Each process names the others.
    const a = await startProcess('a', { listen, also: [endpointOf(b)], peers })
    await waitFor(() => other.peers().some(({ endpoints }) => endpoints.length === 2))
    const given = await Promise.all(Array.from({ length: 6 }, () => link(createDevice([a.endpoint, b.endpoint]), [])))
    const told = await Promise.all(Array.from({ length: 6 }, () => link(createDevice([other.endpoint]), [])))
    const toNode = ({ overlay }: TestDevice) =>
      overlay.links().some(({ endpoint, state }) => state === 'connected' && !other.endpoint.startsWith(`${endpoint}#`))
    await waitFor(() => [...given, ...told].every(toNode), 8_000)
    expect(a.status().links.devices + b.status().links.devices).toBe(12)
    expect(b.status().links.devices).toBeGreaterThan(0)
    await b.stop()
    await waitFor(() => a.status().links.devices === 12 && [...given, ...told].every(toNode), 15_000)
    await waitFor(() => other.peers().some(({ nodeKey }) => nodeKey === a.nodeId), 10_000)
  }, 40_000)

  it('says that its cluster is away, acknowledges nothing that is not stored, and goes on when it is back', async () => {
    const [a, b] = [await startProcess('a'), await second()]
    const [alice, bob] = [createDevice([a.endpoint]), createDevice([b.endpoint])]
    await link(alice, [bob])
    await link(bob, [alice])
    await alice.overlay.send(bob.to, alice.envelope().bytes, 'message', DAY)
    await bob.overlay.stop()
    const stored = alice.envelope()
    expect(await alice.overlay.send(bob.to, stored.bytes, 'message', DAY)).toBe('queued')
    expect(a.status().cluster).toMatchObject({ state: 'connected', replicas: { wanted: 1, current: 1 } })
    await nats.kill(0)
    const refused = alice.envelope()
    const sending = alice.overlay.send(bob.to, refused.bytes, 'message', DAY).catch((error: unknown) => error)
    await waitFor(() => [a, b].every((node) => node.status().cluster?.state === 'away'), 10_000)
    expect(await sending).toMatchObject({ code: 'offline' })
    await nats.revive(0)
    await waitFor(() => [a, b].every((node) => node.status().cluster?.state === 'connected'), 10_000)
    // What was refused is the sender's to offer again; whether the first try has arrived meanwhile makes no difference.
    expect(await alice.overlay.send(bob.to, refused.bytes, 'message', DAY)).toBe('queued')
    const again = createDevice([a.endpoint], { identity: bob.identity })
    await link(again, [alice])
    await waitFor(() => again.received.length === 2)
    expect(idsOf(again)).toEqual([stored.id, refused.id])
  }, 40_000)
})
