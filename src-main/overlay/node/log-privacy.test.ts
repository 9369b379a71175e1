import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Log, systemRandom, toHex } from '../../base/index.ts'
import { fixedLedger, startNodes, type TestNodes, waitFor } from '../../testing/testnet-nodes.ts'
import { createDevice, type TestDevice } from '../test-device.ts'

const DAY = 24 * 3_600_000
const lines: string[] = []
/** All that a node logs above debug, with errors down to their causes, as the log of a process prints them. */
const log: Log = { debug: () => {}, info: keep, warn: keep, error: keep, child: () => log }
let net: TestNodes
const devices: TestDevice[] = []

function keep(fields: object, message: string): void {
  const whole = (_: string, value: unknown) =>
    value instanceof Error ? { message: value.message, stack: value.stack, cause: value.cause } : value
  lines.push(`${message} ${JSON.stringify(fields, whole)}`)
}

beforeAll(async () => void (net = await startNodes(3, { ledger: fixedLedger(), log })))
afterAll(async () => {
  await Promise.all(devices.map(({ overlay }) => overlay.stop()))
  await net.stop()
})

it('nothing in the log of a busy node names an address, a device, an envelope or a network address of a client', async () => {
  const [alice, bob, stranger] = [1, 2, 3].map(() => createDevice(net.addresses)) as [
    TestDevice,
    TestDevice,
    TestDevice,
  ]
  devices.push(alice, bob, stranger)
  for (const { overlay } of devices) {
    overlay.setContacts(overlay === stranger.overlay ? [] : [alice.to.address, bob.to.address])
    await overlay.start()
  }
  await waitFor(() => devices.every(({ overlay }) => overlay.links().some(({ state }) => state === 'connected')))
  await Promise.all(devices.map(({ overlay }) => overlay.contactsTold()))
  const sent = Array.from({ length: 30 }, () => alice.envelope())
  for (const { bytes } of sent) await alice.overlay.send(bob.to, bytes, 'message', DAY)
  const refused = [stranger.overlay.send(bob.to, stranger.envelope().bytes, 'message', DAY)]
  refused.push(alice.overlay.send(bob.to, systemRandom.bytes(500), 'message', DAY))
  expect((await Promise.allSettled(refused)).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  await bob.overlay.publishKeyPackages([systemRandom.bytes(300)], systemRandom.bytes(300))
  await alice.overlay.takeKeyPackages(bob.to.address)
  await alice.overlay.lookup(bob.to.address)
  await bob.overlay.stop()
  for (const { bytes } of sent.slice(0, 3)) await alice.overlay.send(bob.to, bytes, 'message', DAY)
  await net.nodes[2]?.drain(500)
  const names = devices.flatMap(({ to, identity }) => [
    to.address.slice(2),
    to.device,
    toHex(identity.certificate.sealingKey),
  ])
  const text = lines.join('\n')
  // It did log: the drain, at least.
  expect(text).toContain('sent its clients away')
  for (const name of [...names, ...sent.map(({ id }) => id)])
    for (const form of [name, name.toUpperCase(), Buffer.from(name, 'hex').toString('base64').replace(/=+$/, '')])
      expect(text).not.toContain(form)
  expect(text).not.toMatch(/127\.0\.0\.1/)
}, 30_000)
