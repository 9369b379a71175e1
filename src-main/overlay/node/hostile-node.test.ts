import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Secret, systemRandom } from '../../base/index.ts'
import { issueRevocation, signingKeyFromSeed } from '../../crypto/index.ts'
import { fixedLedger, startNodes, testIdentity, type TestNodes, waitFor } from '../../testing/testnet-nodes.ts'
import type { Connection } from '../link/connection.ts'
import { buildPresence } from '../presence/packet.ts'
import { dialAs, dialAsNode, keyPackages, testEnvelope } from '../test-device.ts'
import type { OverlayIdentity } from '../types.ts'

const CHAIN = '0badcafe'
let net: TestNodes
let folder: string
const open: Connection[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-hostile-node-'))
  const limits = { presences: { perSecond: 0.001, burst: 20 }, frames: { perSecond: 0.001, burst: 100 } }
  net = await startNodes(2, { ledger: fixedLedger(CHAIN), limits, dataDir: (index) => join(folder, `${index}`) })
})
afterEach(async () => {
  for (const connection of open.splice(0)) connection.close()
  await net.stop()
  await rm(folder, { recursive: true, force: true })
})

function presence({ certificate, deviceKey }: OverlayIdentity): { packet: Uint8Array } {
  const fields = { issuedAt: Date.now(), ttl: 60_000, sequence: '1', homeNodes: [], endpoints: [], capabilities: 0 }
  return { packet: buildPresence(deviceKey, CHAIN, { certificate: certificate.signed, ...fields, goodbye: false }) }
}

async function joinSix(): Promise<void> {
  for (let count = 0; count < 6; count++) await net.join()
  await waitFor(() => net.nodes.every((node) => node.peers().length === 7))
}

/** Whether the first node is one of those that answer for the address. */
async function isCandidate(link: Connection, address: string): Promise<boolean> {
  const { nodes } = await link.request('getSector', { address }, 'sector', 2_000)
  return nodes.some(({ nodeKey }) => nodeKey === net.nodes[0]?.nodeId)
}

describe('another node', () => {
  it('that tells presence without end is told to wait, and devices that link here are not', async () => {
    const [first = '', second = ''] = net.addresses
    const hostile = await dialAsNode(join(folder, '1'), second, first)
    open.push(hostile)
    const put = () => hostile.request('putPresence', presence(testIdentity()), 'ok', 2_000)
    const results = await Promise.allSettled(Array.from({ length: 30 }, put))
    const refused = results.filter((result) => result.status === 'rejected')
    expect(refused).toHaveLength(10)
    expect(refused[0]?.reason).toMatchObject({ code: 'rate_limited' })
    const honest = testIdentity()
    const link = await dialAs(honest, first)
    open.push(link)
    await link.request('putPresence', presence(honest), 'ok', 2_000)
    expect(net.nodes[0]?.status().presences).toBe(21)
  })
})

it('another node that relays for one sender without end is told to wait, and for others is served', async () => {
  const [first = '', second = ''] = net.addresses
  const hostile = await dialAsNode(join(folder, '1'), second, first)
  open.push(hostile)
  const sender = testIdentity()
  const to = testIdentity().certificate
  const relay = ({ certificate }: OverlayIdentity) => {
    const envelope = testEnvelope(sender).bytes
    const target = { address: to.addressText, device: to.deviceId }
    const send = { ...target, ttl: 0, urgency: { message: true } as never, envelope }
    const from = { sender: certificate.addressText, senderDevice: certificate.deviceId }
    return hostile
      .request('relay', { ...from, live: false, send }, 'sendResult', 5_000)
      .catch((error: { code: string }) => error.code)
  }
  const codes = await Promise.all(Array.from({ length: 105 }, () => relay(sender)))
  expect(codes.filter((code) => code === 'rate_limited')).toHaveLength(5)
  expect(await relay(testIdentity())).not.toBe('rate_limited')
  // What it says of a sender takes nothing from that sender.
  const link = await dialAs(sender, first)
  open.push(link)
  await link.request('ping', {}, 'pong', 2_000)
})

it('another node empties no stock of key packages, and gets the last resort beyond its share', async () => {
  const [first = '', second = ''] = net.addresses
  const hostile = await dialAsNode(join(folder, '1'), second, first)
  const victim = testIdentity()
  const link = await dialAs(victim, first)
  open.push(hostile, link)
  for (const first of [0, 15]) {
    const packages = Array.from({ length: 15 }, (_, at) => Uint8Array.of(first + at))
    await link.request('putKeyPackages', keyPackages(victim, packages, Uint8Array.of(99)), 'stock', 2_000)
  }
  const body = { address: victim.certificate.addressText, devices: [], lastResort: true }
  const taken: (number | undefined)[] = []
  for (let take = 0; take < 25; take++) {
    const answer = await hostile.request('takeKeyPackages', body, 'keyPackages', 2_000)
    taken.push(answer.packages[0]?.signed.keyPackage[0])
  }
  expect(taken.slice(20)).toEqual(new Array(5).fill(99))
  const own = await link.request('takeKeyPackages', { ...body, devices: [] }, 'keyPackages', 2_000)
  expect(own.packages[0]?.signed.keyPackage[0]).toBeLessThan(30)
})

it('another node that says that somebody asks strangers without end does not silence him', async () => {
  const [first = '', second = ''] = net.addresses
  const hostile = await dialAsNode(join(folder, '1'), second, first)
  open.push(hostile)
  const sender = testIdentity()
  const from = { sender: sender.certificate.addressText, senderDevice: sender.certificate.deviceId }
  const request = () => {
    const { addressText: address, deviceId: device } = testIdentity().certificate
    const { bytes } = testEnvelope(sender)
    return { address, device, ttl: 0, urgency: { request: true } as never, envelope: bytes }
  }
  const codeOf = (given: Promise<unknown>) =>
    given.then(
      () => 'ok',
      ({ code }: { code: string }) => code,
    )
  const relay = () => codeOf(hostile.request('relay', { ...from, live: false, send: request() }, 'sendResult', 5_000))
  const codes = await Promise.all(Array.from({ length: 55 }, relay))
  expect(codes.filter((code) => code === 'rate_limited')).toHaveLength(5)
  const link = await dialAs(sender, first)
  open.push(link)
  expect(await codeOf(link.request('send', request(), 'sendResult', 5_000))).not.toBe('rate_limited')
})

it('a node keeps revocations of addresses that it knows or answers for, and no others, whoever brings them', async () => {
  await joinSix()
  const [first = '', second = ''] = net.addresses
  const link = await dialAs(testIdentity(), first)
  open.push(link)
  const hostile = await dialAsNode(join(folder, '1'), second, first)
  open.push(hostile)
  const codes: string[] = []
  for (let count = 0; count < 40; count++) {
    const wallet = signingKeyFromSeed(new Secret(systemRandom.bytes(32)))
    const { signed, addressText: address } = issueRevocation(wallet, {
      devicePublicKey: wallet.publicKey,
      revokedAt: Date.now(),
    })
    const isOurs = await isCandidate(link, address)
    const code = (given: Promise<unknown>) =>
      given.then(
        () => 'ok',
        (error: { code: string }) => error.code,
      )
    const put = await code(link.request('putRevocation', { revocation: signed }, 'ok', 2_000))
    expect(put).toBe(isOurs ? 'ok' : 'not_found')
    const given = await code(hostile.request('replicate', { facts: [{ revocation: { signed } }] }, 'ok', 2_000))
    expect(given).toBe(isOurs ? 'ok' : 'unauthorized')
    codes.push(put)
  }
  expect(new Set(codes)).toEqual(new Set(['ok', 'not_found']))
})

it('a device brings a revocation of its own address to a node that keeps nothing of it', async () => {
  await joinSix()
  const [first = ''] = net.addresses
  const link = await dialAs(testIdentity(), first)
  open.push(link)
  let own = systemRandom.bytes(32)
  while (await isCandidate(link, testIdentity(own.slice()).certificate.addressText)) own = systemRandom.bytes(32)
  const stranger = await dialAs(testIdentity(own.slice()), first)
  open.push(stranger)
  const known = async () => (await stranger.request('getDevices', {}, 'devices', 2_000)).certificates.length
  // The next change of the map has it handed on to those that keep it.
  await net.join()
  await expect.poll(known, { interval: 500 }).toBe(0)
  const { signed } = issueRevocation(signingKeyFromSeed(new Secret(own)), {
    devicePublicKey: testIdentity().certificate.devicePublicKey,
    revokedAt: Date.now(),
  })
  await stranger.request('putRevocation', { revocation: signed }, 'ok', 2_000)
})
