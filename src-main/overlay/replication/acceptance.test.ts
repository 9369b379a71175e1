import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { sha256 } from '../../crypto/index.ts'
import { fixedLedger, startNodes, testIdentity, type TestNodes, waitFor } from '../../testing/testnet-nodes.ts'
import type { Connection } from '../link/connection.ts'
import { signAccepted } from '../mailbox/acceptance.ts'
import { allowList, dialAs, dialAsNode, testEnvelope } from '../test-device.ts'
import type { OverlayIdentity } from '../types.ts'

const DAY = 24 * 3_600_000
let net: TestNodes
let folder: string
const open: Connection[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-acceptance-'))
  net = await startNodes(3, { ledger: fixedLedger(), dataDir: (index) => join(folder, `${index}`) })
})
afterEach(async () => {
  for (const connection of open.splice(0)) connection.close()
  await net.stop()
  await rm(folder, { recursive: true, force: true })
})

async function link(identity: OverlayIdentity, index: number) {
  const connection = await dialAs(identity, net.addresses[index] ?? '')
  open.push(connection)
  return connection
}

/** A link of the third home node to another one. */
async function linkAsThird(index: number) {
  const connection = await dialAsNode(join(folder, '2'), net.addresses[2] ?? '', net.addresses[index] ?? '')
  open.push(connection)
  return connection
}

const mails = () => net.nodes.map((node) => node.status().mail.envelopes)

/** An envelope from Alice waits for Bob at all three home nodes. */
async function waiting() {
  const [alice, bob] = [testIdentity(), testIdentity()]
  const { addressText: address, deviceId: device } = bob.certificate
  const once = await link(bob, 0)
  await once.request('setAllowed', allowList(bob, [alice.certificate.addressText], Date.now()), 'ok', 2_000)
  once.close()
  const { bytes } = testEnvelope(alice)
  const body = { address, device, ttl: DAY, urgency: { message: true } as never, envelope: bytes }
  const { result } = await (await link(alice, 0)).request('send', body, 'sendResult', 5_000)
  expect(result.$kind).toBe('queued')
  await waitFor(() => mails().join() === '1,1,1')
  return { alice, bob, address, device, digest: sha256(bytes), bytes }
}

it('a home node that makes up acceptances of mail for others deletes nothing anywhere', async () => {
  const { alice, bob, address, device, digest, bytes } = await waiting()
  const { deviceKey } = testIdentity()
  const signatures = [
    new Uint8Array(64),
    signAccepted(deviceKey, { address, digest }),
    bob.certificate.signed.slice(-64),
  ]
  for (const index of [0, 1]) {
    const hostile = await linkAsThird(index)
    for (const signature of signatures) {
      const accepted = { address, device, digest, signature, expiresAt: Date.now() + DAY }
      const given = hostile.request('replicate', { facts: [{ accepted }] }, 'ok', 2_000)
      await expect(given).rejects.toMatchObject({ code: 'bad_signature' })
    }
    // It has Bob sign for something else under the same id.
    const fake = testEnvelope(alice).bytes
    fake.set(bytes.subarray(0, 17))
    const signature = signAccepted(bob.deviceKey, { address, digest: sha256(fake) })
    const accepted = { address, device, digest: sha256(fake), signature, expiresAt: Date.now() + DAY }
    await hostile.request('replicate', { facts: [{ accepted }] }, 'ok', 2_000)
  }
  expect(mails()).toEqual([1, 1, 1])
})

it('a device that signs wrongly is refused and cut off, and its mail stays; signed by it all three delete theirs', async () => {
  const { bob, address, digest } = await waiting()
  const wrong = await link(bob, 1)
  const closed = new Promise((resolve) => wrong.onClose(resolve))
  const bad = wrong.request('acceptMail', { digest, signature: new Uint8Array(64) }, 'ok', 2_000)
  await expect(bad).rejects.toMatchObject({ code: 'bad_signature' })
  await closed
  expect(mails()).toEqual([1, 1, 1])
  const right = await link(bob, 1)
  right.send('acceptMail', 0, { digest, signature: signAccepted(bob.deviceKey, { address, digest }) })
  await waitFor(() => mails().join() === '0,0,0')
})
