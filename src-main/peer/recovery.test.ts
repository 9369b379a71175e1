import { afterEach, beforeEach, expect, test } from 'vitest'
import { decodeSignal, encodeSignal } from '../wire/index.ts'
import { startUdpProxy } from '../testing/udp-proxy.ts'
import { becomes, SignalNetwork, startPeer, type TestPeer } from './test-pair.ts'

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

function acceptAll(peer: TestPeer): Uint8Array[] {
  const received: Uint8Array[] = []
  peer.peers.on('message', ({ bytes, accept }) => {
    received.push(bytes)
    accept()
  })
  return received
}

function killProcess(peer: TestPeer, signal: NodeJS.Signals): void {
  const pid = peer.processes.at(-1)?.pid
  if (pid !== undefined) process.kill(pid, signal)
}

test('kill -9 of one peer process closes the paths, rejects sends, and the connection comes back', async () => {
  const atBob = acceptAll(bob)
  await openBoth()
  const silent = bob.peers.send('alice', Uint8Array.of(9)).catch((error) => error.code)
  killProcess(alice, 'SIGKILL')
  await Promise.all([becomes(alice, 'bob', false), becomes(bob, 'alice', false)])
  expect(await silent).toBe('offline')
  await expect(alice.peers.send('bob', Uint8Array.of(1))).rejects.toMatchObject({ code: 'offline' })
  await Promise.all([becomes(alice, 'bob', true), becomes(bob, 'alice', true)])
  await alice.peers.send('bob', Uint8Array.of(2))
  expect(atBob.at(-1)).toEqual(Uint8Array.of(2))
  expect(alice.processes.length).toBe(2)
})

test('a peer process that hangs is killed and replaced', async () => {
  await openBoth()
  killProcess(bob, 'SIGSTOP')
  await becomes(bob, 'alice', false, 12_000)
  await Promise.all([becomes(bob, 'alice', true), becomes(alice, 'bob', true)])
  expect(bob.processes.length).toBe(2)
})

test('a path that dies without a word is noticed by its pings and comes back', async () => {
  const proxy = await startUdpProxy({ delayMs: 5 })
  network.fate = (bytes, from) => {
    const { session, body } = decodeSignal(bytes)
    if (!body.Candidates) return [{ bytes, delayMs: 0 }]
    const side = from === 'alice' ? 'a' : 'b'
    const candidates = body.Candidates.candidates.map(({ candidate, mid }) => ({
      candidate: proxy.rewrite(side, candidate),
      mid,
    }))
    return [{ bytes: encodeSignal(session, { Candidates: { candidates } }), delayMs: 0 }]
  }
  await openBoth()
  expect(alice.peers.rttMs('bob')).toBeGreaterThanOrEqual(9)
  proxy.setLoss(1)
  expect(await alice.peers.send('bob', Uint8Array.of(1)).catch((error) => error.code)).toBe('timeout')
  await becomes(alice, 'bob', false)
  proxy.setLoss(0.05)
  await Promise.all([becomes(alice, 'bob', true), becomes(bob, 'alice', true)])
  await Promise.all([alice.peers.stop(), bob.peers.stop()])
  await proxy.close()
})
