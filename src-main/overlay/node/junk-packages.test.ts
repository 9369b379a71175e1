import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { systemClock } from '../../base/index.ts'
import { fixedLedger, startNodes, testIdentity, type TestNodes, waitFor } from '../../testing/testnet-nodes.ts'
import { encode, SignedKeyPackage } from '../../wire/index.ts'
import type { Connection } from '../link/connection.ts'
import { createDevice, dialAs, dialAsNode, keyPackages } from '../test-device.ts'
import type { OverlayIdentity } from '../types.ts'

const JUNK = { keyPackage: Uint8Array.of(66), version: 0, signature: new Uint8Array(64) }
const LAST = Uint8Array.of(99)
let net: TestNodes
let folder: string
const open: Connection[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-junk-packages-'))
  net = await startNodes(3, { ledger: fixedLedger(), dataDir: (index) => join(folder, `${index}`) })
})
afterEach(async () => {
  for (const connection of open.splice(0)) connection.close()
  await net.stop()
  await rm(folder, { recursive: true, force: true })
})

/** A device that has published a last resort at the first node and gone. */
async function published(): Promise<OverlayIdentity> {
  const identity = testIdentity()
  const link = await dialAs(identity, net.addresses[0] ?? '')
  await link.request('putKeyPackages', keyPackages(identity, [], LAST), 'stock', 2_000)
  link.close()
  return identity
}

/** From now on the node has junk in its own database for the device, one-time packages and a last resort. */
async function spoil(index: number, { certificate: { addressText, deviceId } }: OverlayIdentity): Promise<void> {
  await net.kill(index)
  const database = new DatabaseSync(join(folder, `${index}`, 'node.db'))
  const add = database.prepare('INSERT INTO key_package (device, package) VALUES (?, ?)')
  for (let count = 0; count < 20; count++) add.run(deviceId, encode(SignedKeyPackage, JUNK, 200))
  const { changes } = database
    .prepare('UPDATE device SET last_resort = ?, last_resort_version = last_resort_version + 1 WHERE address = ?')
    .run(JUNK.keyPackage, addressText)
  database.close()
  expect(Number(changes)).toBe(1)
  await net.revive(index)
  await waitFor(() => net.nodes.every((node) => node.peers().length === 2), 10_000)
}

it('a node passes over the junk that other nodes have for a device, and hands out its last resort', async () => {
  const victim = await published()
  const address = victim.certificate.addressText
  await waitFor(() => net.nodes.every((node) => node.status().kept.devices === 1))
  for (const index of [1, 2]) await spoil(index, victim)
  const asking = await dialAs(testIdentity(), net.addresses[0] ?? '')
  open.push(asking)
  const body = { address, devices: [], lastResort: true }
  const { packages } = await asking.request('takeKeyPackages', body, 'keyPackages', 5_000)
  expect(packages.map(({ signed }) => signed.keyPackage)).toEqual([LAST])
  // Those that were spoilt still tell their junk as a fact: no other node takes it.
  const hostile = await dialAsNode(join(folder, '1'), net.addresses[1] ?? '', net.addresses[0] ?? '')
  open.push(hostile)
  const lastResort = { ...JUNK, version: Date.now() }
  const facts = [{ device: { certificate: victim.certificate.signed, lastResort } }]
  const given = hostile.request('replicate', { facts }, 'ok', 2_000)
  await expect(given).rejects.toMatchObject({ code: 'bad_signature' })
  expect((await asking.request('takeKeyPackages', body, 'keyPackages', 5_000)).packages).toEqual(packages)
})

it('a device that is linked to nodes with junk gets what holds from the one that has it', async () => {
  const victim = await published()
  await waitFor(() => net.nodes.every((node) => node.status().kept.devices === 1))
  for (const index of [1, 2]) await spoil(index, victim)
  const alice = createDevice(net.addresses)
  await alice.overlay.start()
  await waitFor(() => alice.overlay.links().filter(({ state }) => state === 'connected').length === 3)
  for (let take = 0; take < 3; take++) {
    const taken = await alice.overlay.takeKeyPackages(victim.certificate.addressText)
    expect(taken).toEqual([{ certificate: victim.certificate.signed, keyPackage: LAST }])
  }
  await alice.overlay.stop()
})

it('a device whose clock is wrong, and is set, publishes its last resort at once all the same', async () => {
  let wrong = 24 * 3_600_000
  const bob = createDevice(net.addresses, { clock: { ...systemClock, now: () => Date.now() + wrong } })
  await bob.overlay.start()
  await waitFor(() => bob.overlay.links().filter(({ state }) => state === 'connected').length === 3)
  const asking = await dialAs(testIdentity(), net.addresses[0] ?? '')
  open.push(asking)
  const body = { address: bob.to.address, devices: [], lastResort: true }
  let number = 1
  for (wrong of [wrong, 0]) {
    await bob.overlay.publishKeyPackages([], Uint8Array.of(number))
    const { packages } = await asking.request('takeKeyPackages', body, 'keyPackages', 5_000)
    expect(packages[0]?.signed.keyPackage).toEqual(Uint8Array.of(number++))
  }
  await bob.overlay.stop()
})
