import { afterEach, beforeEach, expect, test } from 'vitest'
import { decodeSignal, type SignalV1 } from '../wire/index.ts'
import { becomes, SignalNetwork, startPeer, type TestPeer } from './test-pair.ts'

const addresses = { alice: '0x01', bob: '0x02' }
/** A process starts when the machine lets it. */
const STARTED = { timeout: 15_000 }
let network: SignalNetwork
let alice: TestPeer
let bob: TestPeer
let signals: { from: string; kind: string; bytes: number; signal: SignalV1 }[]

beforeEach(async () => {
  network = new SignalNetwork()
  network.whole = true
  signals = []
  network.fate = (bytes, from) => {
    const signal = decodeSignal(bytes)
    signals.push({ from, kind: signal.body.$kind, bytes: bytes.length, signal })
    return [{ bytes, delayMs: 700 }]
  }
  alice = await startPeer(network, 'alice', addresses)
  bob = await startPeer(network, 'bob', addresses)
})
afterEach(async () => {
  await Promise.all([alice.peers.stop(), bob.peers.stop()])
})

const said = () => signals.map(({ from, kind }) => `${from} ${kind}`)
const open = () => Promise.all([becomes(alice, 'bob', true), becomes(bob, 'alice', true)])

test('what was asked for while the peer process starts happens once it is there', async () => {
  process.kill(bob.processes.at(-1)?.pid ?? 0, 'SIGKILL')
  await expect.poll(() => bob.processes.length, STARTED).toBe(2)
  bob.peers.connect('alice')
  await open()
})

test('one offer and one answer are enough, and the path opens', async () => {
  bob.peers.connect('alice')
  await expect.poll(() => bob.peers.isConnecting('alice')).toBe(true)
  await expect.poll(() => signals.length, { timeout: 5_000, interval: 10 }).toBe(2)
  await open()
  expect(bob.peers.isConnecting('alice')).toBe(false)
  await new Promise((resolve) => setTimeout(resolve, 1_800))
  expect(said()).toEqual(['bob WholeOffer', 'alice WholeAnswer'])
  expect(Math.max(...signals.map(({ bytes }) => bytes))).toBeLessThan(250)
})

test('an offer that comes while the peer process starts is answered once it is there, for it comes only once', async () => {
  process.kill(alice.processes.at(-1)?.pid ?? 0, 'SIGKILL')
  bob.peers.connect('alice')
  network.fate = (bytes, from) => {
    const signal = decodeSignal(bytes)
    signals.push({ from, kind: signal.body.$kind, bytes: bytes.length, signal })
    return [{ bytes, delayMs: 0 }]
  }
  await open()
  expect(said()).toEqual(['bob WholeOffer', 'alice WholeAnswer'])
})

test('what an offer takes the place of is not forgotten while the peer process starts', async () => {
  const offers: SignalV1[] = []
  network.fate = (bytes, from) => {
    const signal = decodeSignal(bytes)
    if (signal.body.WholeOffer) offers.push(signal)
    return from === 'alice' && offers.length === 1 && signal.body.WholeOffer ? [] : [{ bytes, delayMs: 50 }]
  }
  alice.peers.connect('bob')
  await expect.poll(() => offers.length, STARTED).toBe(1)
  process.kill(bob.processes.at(-1)?.pid ?? 0, 'SIGKILL')
  await expect.poll(() => bob.processes.length, STARTED).toBe(2)
  bob.peers.connect('alice', { replaces: offers[0]?.session ?? new Uint8Array() })
  await open()
})

test('of two offers at once the lower address has its way, at the price of one record more', async () => {
  alice.peers.connect('bob')
  bob.peers.connect('alice')
  await open()
  expect(said().sort()).toEqual(['alice WholeOffer', 'bob WholeAnswer', 'bob WholeOffer'])
})

test('an offer that takes the place of one that came too late is answered even by the lower address', async () => {
  network.fate = (bytes, from) => {
    const signal = decodeSignal(bytes)
    signals.push({ from, kind: signal.body.$kind, bytes: bytes.length, signal })
    return said().join() === 'alice WholeOffer' ? [] : [{ bytes, delayMs: 50 }]
  }
  alice.peers.connect('bob')
  await expect.poll(() => signals.length, STARTED).toBe(1)
  const late = signals[0]?.signal.session ?? new Uint8Array()
  bob.peers.connect('alice', { replaces: late })
  await open()
  expect(said()).toEqual(['alice WholeOffer', 'bob WholeOffer', 'alice WholeAnswer'])
})

test('a lost path is not arranged again by itself, and one that could not be told of is over', async () => {
  alice.peers.connect('bob')
  await open()
  process.kill(bob.processes.at(-1)?.pid ?? 0, 'SIGKILL')
  await becomes(alice, 'bob', false)
  const before = signals.filter(({ kind }) => kind.startsWith('Whole')).length
  await new Promise((resolve) => setTimeout(resolve, 2_500))
  expect(signals.filter(({ kind }) => kind.startsWith('Whole'))).toHaveLength(before)
  network.broken = true
  alice.peers.connect('bob')
  await expect.poll(() => alice.peers.isConnecting('bob')).toBe(true)
  await expect.poll(() => alice.peers.isConnecting('bob')).toBe(false)
})

test('a path that is lost where signals cost money by now is not arranged anew by itself, and at once when it is asked for', async () => {
  network.whole = false
  alice.peers.connect('bob')
  await open()
  network.whole = true
  signals = []
  process.kill(bob.processes.at(-1)?.pid ?? 0, 'SIGKILL')
  await Promise.all([becomes(alice, 'bob', false), becomes(bob, 'alice', false)])
  await expect.poll(() => bob.processes.length, STARTED).toBe(2)
  await new Promise((resolve) => setTimeout(resolve, 2_500))
  expect(said().filter((signal) => signal.includes('Offer'))).toEqual([])
  alice.peers.connect('bob')
  await open()
})
