import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Secret, systemClock, systemRandom, toHex, utf8 } from '../base/index.ts'
import { issueRevocation, signingKeyFromSeed } from '../crypto/index.ts'
import { fixedLedger, startNodes, testIdentity, type TestNodes, waitFor } from '../testing/testnet-nodes.ts'
import { defaultLimits } from './limits/limits.ts'
import type { Connection } from './link/connection.ts'
import { buildPresence } from './presence/packet.ts'
import { RESERVED_BYTES } from './state/log-sizes.ts'
import { allowList, createDevice, dialAs, keyPackages, testEnvelope, type TestDevice } from './test-device.ts'
import type { OverlayIdentity } from './types.ts'

const CHAIN = '0badcafe'
const DAY = 24 * 3_600_000
const STRANGERS = 30
const kept = {
  mailBytes: 1_500_000,
  devices: 25,
  contacts: 1_000,
  keyPackageBytes: 100_000,
  revocations: 30,
  logBytes: 24 * RESERVED_BYTES,
  accepted: 50,
}
/** What all of it may come to in SQLite's pages: a row of each kind with its indexes at its largest, mail and logs as counted. */
const DISK_BYTES =
  1.3 * (kept.mailBytes + kept.keyPackageBytes + kept.logBytes) +
  20_000 * 2 * kept.devices +
  500 * kept.contacts +
  2_000 * kept.revocations +
  600 * kept.accepted +
  1_000_000

let folder: string
let net: TestNodes
let pair: TestDevice[]
/** Of the node's clock. */
let ahead: number

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parley-flood-'))
  pair = []
  ahead = 0
  const clock = { ...systemClock, now: () => systemClock.now() + ahead }
  net = await startNodes(1, {
    ledger: fixedLedger(CHAIN),
    dataDir: () => folder,
    clock,
    limits: { ...defaultLimits, kept },
  })
})
afterEach(async () => {
  await Promise.all(pair.map(({ overlay }) => overlay.stop()))
  await net.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function honest(contact?: TestDevice, identity = testIdentity()): Promise<TestDevice> {
  const device = createDevice(net.addresses, { identity })
  pair.push(device)
  if (contact) device.overlay.setContacts([contact.to.address])
  await device.overlay.start()
  await waitFor(() => device.overlay.links()[0]?.state === 'connected')
  await device.overlay.contactsTold()
  return device
}

interface Stranger {
  seed: Uint8Array<ArrayBuffer>
  identity: OverlayIdentity
}

/** Everything that somebody without a contact here can have kept; answers how much of it was refused, by code. */
async function flood(stranger: Stranger, friends: Stranger[], victim: TestDevice): Promise<string[]> {
  const { identity } = stranger
  const link = await dialAs(identity, net.addresses[0] ?? '', CHAIN)
  const tries = [
    ...aboutHimself(link, stranger, friends),
    ...toOthers(link, identity, [victim, ...friends]),
    ...logs(link),
  ]
  const results = await Promise.allSettled(tries)
  link.close()
  return results.flatMap((result) => (result.status === 'rejected' ? [String(result.reason.code)] : []))
}

function aboutHimself(link: Connection, { seed, identity }: Stranger, friends: Stranger[]): Promise<unknown>[] {
  const { certificate, deviceKey } = identity
  const unknown = Array.from({ length: 60 }, () => `0x${toHex(systemRandom.bytes(32))}`)
  const addresses = [...friends.map((friend) => friend.identity.certificate.addressText), ...unknown]
  const packages = Array.from({ length: 15 }, () => systemRandom.bytes(2_000))
  const times = { issuedAt: Date.now(), ttl: 60_000, sequence: '1', goodbye: false }
  const presence = { ...times, certificate: certificate.signed, homeNodes: [], endpoints: [], capabilities: 1 }
  const revoked = Array.from({ length: 5 }, () => {
    const devicePublicKey = signingKeyFromSeed(new Secret(systemRandom.bytes(32))).publicKey
    return issueRevocation(signingKeyFromSeed(new Secret(seed.slice())), { devicePublicKey, revokedAt: Date.now() })
  })
  return [
    link.request('setAllowed', allowList(identity, addresses), 'ok', 5_000),
    link.request('putKeyPackages', keyPackages(identity, packages, systemRandom.bytes(2_000)), 'stock', 5_000),
    link.request('putPresence', { packet: buildPresence(deviceKey, CHAIN, presence) }, 'ok', 5_000),
    link.request('watchPresence', { addresses }, 'ok', 5_000),
    ...revoked.map(({ signed }) => link.request('putRevocation', { revocation: signed }, 'ok', 5_000)),
  ]
}

function toOthers(link: Connection, from: OverlayIdentity, to: { identity: OverlayIdentity }[]): Promise<unknown>[] {
  return to.flatMap(({ identity: { certificate } }) =>
    Array.from({ length: 6 }, (_, index) => {
      const urgency = (index === 0 ? { request: true } : { message: true }) as never
      const { addressText: address, deviceId: device } = certificate
      const { bytes } = testEnvelope(from, index === 0 ? 3_000 : 40_000)
      return link.request('send', { address, device, ttl: 30 * DAY, urgency, envelope: bytes }, 'sendResult', 8_000)
    }),
  )
}

function logs(link: Connection): Promise<unknown>[] {
  return Array.from({ length: 4 }, async () => {
    const group = `0x${toHex(systemRandom.bytes(32))}`
    for (let epoch = 0; epoch < 3; epoch++) {
      const body = { group, epoch, entry: systemRandom.bytes(60_000), founding: null }
      await link.request('logAppend', body, 'logResult', 8_000)
    }
  })
}

it('a flood by many wallets of all that is kept ends at the bounds, and takes nothing from who was there', async () => {
  const bob = await honest()
  const alice = await honest(bob)
  bob.overlay.setContacts([alice.to.address])
  await bob.overlay.contactsTold()
  await bob.overlay.stop()
  const sent = Array.from({ length: 5 }, () => alice.envelope(2_000))
  for (const { bytes } of sent) expect(await alice.overlay.send(bob.to, bytes, 'message', 30 * DAY)).toBe('queued')
  const group = systemRandom.bytes(32)
  for (let epoch = 0; epoch < 3; epoch++)
    expect(await alice.overlay.appendLog(group, epoch, utf8(`change ${epoch}`))).toEqual({ won: true })
  await alice.overlay.stop()

  const strangers = Array.from({ length: STRANGERS }, () => {
    const seed = systemRandom.bytes(32)
    return { seed, identity: testIdentity(seed.slice()) }
  })
  const refused = new Set<string>()
  for (const [index, stranger] of strangers.entries()) {
    const friends = strangers.filter((_, other) => other !== index && Math.abs(other - index) <= 2)
    for (const code of await flood(stranger, friends, bob)) refused.add(code)
  }
  expect([...refused]).toEqual(expect.arrayContaining(['rate_limited', 'storage_full']))
  expect(refused).not.toContain('internal')

  const status = net.nodes[0]?.status()
  const now = { ...status?.kept, mailBytes: status?.mail.bytes ?? 0 }
  // Devices with mail are never given up; at twice the bound no more are let in.
  const most = { ...kept, devices: 2 * kept.devices }
  for (const name of ['mailBytes', 'devices', 'contacts', 'keyPackageBytes', 'revocations', 'logBytes'] as const) {
    expect(now[name], name).toBeLessThanOrEqual(most[name])
    // The flood was one.
    expect(now[name], name).toBeGreaterThan(0.6 * kept[name])
  }
  await waitFor(() => net.nodes[0]?.status().links.devices === 0 && net.nodes[0].status().watches === 0)

  // When a device was here is written down every six hours.
  ahead = DAY
  const [bobAgain, aliceAgain] = [await honest(alice, bob.identity), await honest(bob, alice.identity)]
  await waitFor(() => sent.every(({ id }) => bobAgain.received.some((each) => each.id === id)))
  expect(await aliceAgain.overlay.send(bob.to, aliceAgain.envelope().bytes, 'message', DAY)).toBe('delivered')
  const entries = await aliceAgain.overlay.readLog(group, 0, 10)
  expect(entries.map(({ entry }) => Buffer.from(entry).toString())).toEqual(['change 0', 'change 1', 'change 2'])
  for (let epoch = 3; epoch < 8; epoch++)
    expect(await bobAgain.overlay.appendLog(group, epoch, systemRandom.bytes(4_000))).toEqual({ won: true })

  await Promise.all(pair.map(({ overlay }) => overlay.stop()))
  await net.stop()
  const files = readdirSync(folder).map((name) => statSync(join(folder, name)).size)
  expect(files.reduce((sum, size) => sum + size, 0)).toBeLessThan(DISK_BYTES)
}, 60_000)
