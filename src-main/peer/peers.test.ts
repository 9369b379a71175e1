import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemRandom } from '../base/index.ts'
import { MAX_ENVELOPE_BYTES } from '../wire/index.ts'
import { becomes, loopback, SignalNetwork, startPeer, type TestPeer } from './test-pair.ts'

const addresses = { alice: '0x01', bob: '0x02' }
let network: SignalNetwork
let alice: TestPeer
let bob: TestPeer

beforeEach(async () => {
  network = new SignalNetwork()
  alice = await startPeer(network, 'alice', addresses)
  bob = await startPeer(network, 'bob', addresses)
})

afterEach(async () => {
  await Promise.all([alice.peers.stop(), bob.peers.stop()])
})

async function openBoth(): Promise<void> {
  alice.peers.connect('bob')
  await Promise.all([becomes(alice, 'bob', true), becomes(bob, 'alice', true)])
}

async function closeBoth(): Promise<void> {
  alice.peers.disconnect('bob')
  await Promise.all([becomes(alice, 'bob', false), becomes(bob, 'alice', false)])
}

function acceptAll(peer: TestPeer): Uint8Array[] {
  const received: Uint8Array[] = []
  peer.peers.on('message', ({ bytes, accept }) => {
    received.push(bytes)
    accept()
  })
  return received
}

test('bytes go both ways, up to the largest envelope, and send resolves on accept', async () => {
  const atAlice = acceptAll(alice)
  const atBob = acceptAll(bob)
  await openBoth()
  const large = systemRandom.bytes(MAX_ENVELOPE_BYTES)
  await Promise.all([alice.peers.send('bob', large), bob.peers.send('alice', Uint8Array.of(1, 2))])
  expect(Buffer.compare(atBob[0] ?? new Uint8Array(), large)).toBe(0)
  expect(atAlice).toEqual([Uint8Array.of(1, 2)])
  expect(alice.peers.rttMs('bob')).toBeGreaterThan(0)
  await expect(alice.peers.send('bob', new Uint8Array(MAX_ENVELOPE_BYTES + 1))).rejects.toMatchObject({
    code: 'too_large',
  })
})

test('without an accept a send times out, and credits are bounded', async () => {
  await openBoth()
  const results = Array.from({ length: 257 }, () =>
    alice.peers.send('bob', Uint8Array.of(1)).catch((error) => error.code),
  )
  expect(await results[256]).toBe('rate_limited')
  expect(await results[0]).toBe('timeout')
  await Promise.all(results)
  expect(alice.peers.isOpen('bob')).toBe(true)
})

test('offers from both sides at once converge on one path, again and again', async () => {
  const atBob = acceptAll(bob)
  for (let round = 0; round < 12; round++) {
    const delayMs = round % 4
    network.fate = (bytes) => [{ bytes, delayMs: delayMs * 5 }]
    alice.peers.connect('bob')
    bob.peers.connect('alice')
    await Promise.all([becomes(alice, 'bob', true), becomes(bob, 'alice', true)])
    await alice.peers.send('bob', Uint8Array.of(round))
    await closeBoth()
  }
  expect(atBob.map(([round]) => round)).toEqual(Array.from({ length: 12 }, (_, round) => round))
})

test('lost, doubled, late and reordered signals still give a path', async () => {
  for (let round = 0; round < 5; round++) {
    network.fate = (bytes) =>
      Array.from({ length: systemRandom.float() < 0.25 ? 0 : systemRandom.float() < 0.5 ? 2 : 1 }, () => ({
        bytes,
        delayMs: systemRandom.float() * 150,
      }))
    alice.peers.connect('bob')
    bob.peers.connect('alice')
    await Promise.all([becomes(alice, 'bob', true), becomes(bob, 'alice', true)])
    network.fate = (bytes) => [{ bytes, delayMs: 0 }]
    await wait(160)
    await Promise.all([becomes(alice, 'bob', true), becomes(bob, 'alice', true)])
    await closeBoth()
  }
})

test('with direct off nothing is sent, accepted or kept open', async () => {
  await openBoth()
  alice.peers.setOptions({ ...loopback, direct: false })
  await Promise.all([becomes(alice, 'bob', false), becomes(bob, 'alice', false)])
  const before = network.sent
  alice.peers.connect('bob')
  await wait(200)
  expect(network.sent).toBe(before)
  let fromAlice = 0
  network.fate = (bytes, from) => {
    if (from === 'alice') fromAlice++
    return [{ bytes, delayMs: 0 }]
  }
  bob.peers.connect('alice')
  await wait(500)
  expect(fromAlice).toBe(0)
  expect(bob.peers.isOpen('alice')).toBe(false)
})

test('garbage and altered signals, from known and unknown devices, harm nothing', async () => {
  const captured: Uint8Array[] = []
  network.fate = (bytes) => {
    captured.push(bytes)
    return [{ bytes, delayMs: 0 }]
  }
  await openBoth()
  for (let round = 0; round < 20_000; round++) {
    const original = captured[round % captured.length] ?? new Uint8Array(1)
    const bytes = round % 2 ? new Uint8Array(original) : systemRandom.bytes(round % 300)
    if (bytes.length > 0) bytes[Math.floor(systemRandom.float() * bytes.length)]! ^= 1 << (round % 8)
    network.inject(round % 3 ? 'alice' : 'mallory', 'bob', bytes)
    if (round % 100 === 99) await new Promise((resolve) => setImmediate(resolve))
  }
  acceptAll(bob)
  // A flipped bit can make a whole new offer in Alice's name (which real signalling, being signed, never lets through):
  // then the path is proved or made anew, so what counts is that messages get through soon.
  const getsThrough = () =>
    alice.peers.send('bob', Uint8Array.of(1)).then(
      () => true,
      () => false,
    )
  await expect.poll(getsThrough, { timeout: 20_000 }).toBe(true)
  expect(bob.processes.length).toBe(1)
})
