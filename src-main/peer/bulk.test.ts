import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Clock, systemClock, systemRandom } from '../base/index.ts'
import { startUdpProxy } from '../testing/udp-proxy.ts'
import { decodeSignal, encodeSignal } from '../wire/index.ts'
import { Allowance } from './allowance.ts'
import { BulkReceiver, type ReceivedData } from './bulk-receiver.ts'
import { BulkSender } from './bulk-sender.ts'
import { MAX_DATA_BYTES, MAX_RECEIVING, MIN_DATA_WINDOW, RECEIVE_WINDOW } from './constants.ts'
import {
  type DataAnswer,
  type DataFrame,
  dataAnswer,
  dataFrame,
  parseDataAnswer,
  parseDataFrame,
} from './data-frames.ts'
import { runningDigest } from './digest.ts'
import { becomes, SignalNetwork, startPeer, type TestPeer, UNWANTED } from './test-pair.ts'

const MB = 1_000_000
const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describe('over a real path', () => {
  const addresses = { alice: '0x01', bob: '0x02' }
  let network: SignalNetwork
  let alice: TestPeer
  let bob: TestPeer

  beforeEach(async () => {
    network = new SignalNetwork()
    alice = await startPeer(network, 'alice', addresses)
    bob = await startPeer(network, 'bob', addresses)
  })
  afterEach(() => Promise.all([alice.peers.stop(), bob.peers.stop()]))

  const open = async () => {
    alice.peers.connect('bob')
    await Promise.all([becomes(alice, 'bob', true), becomes(bob, 'alice', true)])
  }
  const takeAll = (peer: TestPeer) => {
    const taken: { bytes: Uint8Array; label: Uint8Array }[] = []
    peer.peers.on('data', ({ bytes, label, accept }) => {
      taken.push({ bytes, label })
      accept()
    })
    return taken
  }

  test('10 MB each way at once arrive whole, and nothing is the smallest transfer', async () => {
    const [atAlice, atBob] = [takeAll(alice), takeAll(bob)]
    await open()
    const [one, two] = [systemRandom.bytes(10 * MB), systemRandom.bytes(10 * MB)]
    const label = Uint8Array.of(1, 2)
    await Promise.all([alice.peers.sendData('bob', one, { label }), bob.peers.sendData('alice', two)])
    expect(sha(atBob[0]?.bytes ?? new Uint8Array())).toBe(sha(one))
    expect(atBob[0]?.label).toEqual(label)
    expect(sha(atAlice[0]?.bytes ?? new Uint8Array())).toBe(sha(two))
    await alice.peers.sendData('bob', new Uint8Array())
    expect(atBob[1]?.bytes.length).toBe(0)
    const large = alice.peers.sendData('bob', new Uint8Array(MAX_DATA_BYTES + 1))
    await expect(large).rejects.toMatchObject({ code: 'too_large' })
    const unwanted = alice.peers.sendData('bob', one, { label: Uint8Array.of(UNWANTED) })
    await expect(unwanted).rejects.toMatchObject({ code: 'not_a_contact' })
  })

  test('chat is not held up by data, also on a slow way', async () => {
    const proxy = await startUdpProxy({ delayMs: 10 })
    network.fate = (bytes, from) => {
      const { session, body } = decodeSignal(bytes)
      if (!body.Candidates) return [{ bytes, delayMs: 0 }]
      const candidates = body.Candidates.candidates.map(({ candidate, mid }) => ({
        candidate: proxy.rewrite(from === 'alice' ? 'a' : 'b', candidate),
        mid,
      }))
      return [{ bytes: encodeSignal(session, { Candidates: { candidates } }), delayMs: 0 }]
    }
    takeAll(bob)
    bob.peers.on('message', ({ accept }) => accept())
    await open()
    const sending = alice.peers.sendData('bob', systemRandom.bytes(MAX_DATA_BYTES))
    let running = true
    void sending.finally(() => (running = false))
    let messages = 0
    while (running && messages < 200) {
      // On a machine that stands still for seconds one may be late; it would go over the relay then.
      const late = await alice.peers.send('bob', Uint8Array.of(1)).catch((error: unknown) => error)
      if (late) expect(late).toMatchObject({ code: 'timeout' })
      else if (running) messages++
    }
    await sending
    expect(messages, 'messages that arrived while the data was on its way').toBeGreaterThan(3)
    await Promise.all([alice.peers.stop(), bob.peers.stop()])
    await proxy.close()
  })

  test('a cancelled transfer ends on both sides, and a lost path is told', async () => {
    const atBob = takeAll(bob)
    await open()
    const cancel = new AbortController()
    const cancelled = alice.peers.sendData('bob', new Uint8Array(MAX_DATA_BYTES), { signal: cancel.signal })
    cancel.abort()
    await expect(cancelled).rejects.toMatchObject({ code: 'conflict', reason: 'cancelled' })
    await alice.peers.sendData('bob', Uint8Array.of(7))
    expect(atBob.map(({ bytes }) => bytes.length)).toEqual([1])
    const lost = alice.peers.sendData('bob', new Uint8Array(MAX_DATA_BYTES))
    await wait(20)
    process.kill(bob.processes.at(-1)?.pid ?? 0, 'SIGKILL')
    await expect(lost).rejects.toMatchObject({ code: 'offline' })
    const none = bob.peers.sendData('nobody', Uint8Array.of(1))
    await expect(none).rejects.toMatchObject({ code: 'offline' })
  })
})

/** A sender and a receiver joined in memory; what is between them is up to the test. */
function pair(accepting = true, clock: Clock = systemClock) {
  const frames: DataFrame[] = []
  const answers: DataAnswer[] = []
  const delivered: ReceivedData[] = []
  const deaths: string[] = []
  const allowance = new Allowance(40 * 1024 * 1024)
  const sender = new BulkSender({ clock, write: (frame) => frames.push(frame), rttMs: () => 0 })
  const receiver = new BulkReceiver({
    clock,
    answer: (answer) => answers.push(answer),
    wants: () => true,
    deliver: (data) => {
      delivered.push(data)
      if (accepting) data.accept()
    },
    allowance,
    dead: (reason) => deaths.push(reason),
  })
  const pass = () => {
    while (frames.length + answers.length > 0) {
      for (const frame of frames.splice(0)) {
        const read = parseDataFrame(dataFrame(frame))
        if (read) receiver.receive(read)
      }
      for (const answer of answers.splice(0)) {
        const read = parseDataAnswer(dataAnswer(answer))
        if (read) sender.answer(read)
      }
    }
  }
  return { sender, receiver, frames, answers, delivered, deaths, allowance, pass }
}

const noLabel = new Uint8Array()

/** Passes frames and credits on until the work is done. */
async function through(work: Promise<unknown>, pass: () => void): Promise<void> {
  let done = false
  const settled = work.finally(() => (done = true))
  while (!done) {
    pass()
    await wait(1)
  }
  await settled
}

describe('credits and bounds', () => {
  test('without credits no more than the first window is written, and transfers take turns', async () => {
    const { sender, frames, pass, delivered } = pair()
    const all = [1, 2].map((value) => sender.send(new Uint8Array(MB).fill(value), noLabel))
    const written = frames.reduce((sum, frame) => sum + (frame.type === 'chunk' ? frame.bytes.length : 0), 0)
    expect(written).toBeLessThanOrEqual(2 * 256 * 1024)
    pass()
    await Promise.all(all)
    expect(delivered.map(({ bytes }) => bytes.every((value) => value === bytes[0]))).toEqual([true, true])
  })

  test('late credits narrow the window, early ones widen it, within its bounds', async () => {
    let now = 1_000_000
    let step = 0
    const { sender, pass } = pair(true, { ...systemClock, steady: () => (now += step) })
    await through(sender.send(new Uint8Array(16 * MB), noLabel), pass)
    expect(sender.window).toBe(RECEIVE_WINDOW)
    step = 200
    await through(sender.send(new Uint8Array(16 * MB), noLabel), pass)
    expect(sender.window).toBe(MIN_DATA_WINDOW)
    // As many as there may be share the narrow window: none waits for a credit that waits for it.
    const together = Array.from({ length: MAX_RECEIVING }, () => sender.send(new Uint8Array(MB), noLabel))
    await through(Promise.all(together), pass)
  })

  test('a receiver never holds more than its allowance, and gives all of it back', async () => {
    const { sender, receiver, pass, allowance, delivered } = pair(false)
    const codes = Array.from({ length: 4 }, () =>
      sender.send(new Uint8Array(MAX_DATA_BYTES), noLabel).catch((error) => error.code),
    )
    await expect.poll(() => (pass(), delivered.length), { interval: 1 }).toBe(2)
    expect(await codes[3]).toBe('rate_limited')
    expect(allowance.used).toBe(2 * MAX_DATA_BYTES)
    for (const { accept } of delivered) accept()
    pass()
    expect(await codes[0]).toBeUndefined()
    receiver.close()
    expect(allowance.used).toBe(0)
  })

  test('changed bytes are refused, and a sender beyond its credits ends the path', async () => {
    const { sender, receiver, frames, pass, delivered, deaths } = pair()
    const sent = sender.send(new Uint8Array(1000), noLabel)
    for (const frame of frames) if (frame.type === 'chunk') frame.bytes = frame.bytes.slice().fill(1)
    pass()
    await expect(sent).rejects.toMatchObject({ code: 'internal', reason: 'damaged' })
    expect(delivered).toEqual([])
    receiver.receive({ type: 'start', number: 9, size: MAX_DATA_BYTES, label: noLabel })
    const chunk = new Uint8Array(RECEIVE_WINDOW)
    receiver.receive({ type: 'chunk', number: 9, bytes: chunk })
    expect(deaths).toEqual([])
    receiver.receive({ type: 'chunk', number: 9, bytes: new Uint8Array(RECEIVE_WINDOW + 1) })
    expect(deaths).toEqual(['data beyond its credit'])
    receiver.close()
  })

  test('credits that nobody could have earned, and random frames, do no harm', async () => {
    const { sender, receiver, pass } = pair()
    const sent = sender.send(new Uint8Array(2 * MB), noLabel)
    sender.answer({ type: 'credit', number: 1, taken: 2 * MB, limit: 2 ** 32 - 1 })
    pass()
    await sent
    const unfinished = sender.send(new Uint8Array(2 * MB), noLabel)
    sender.answer({ type: 'done', number: 2 })
    await expect(unfinished).rejects.toMatchObject({ code: 'internal' })
    for (let round = 0; round < 20_000; round++) {
      const bytes = systemRandom.bytes(round % 40)
      bytes[0] = 16 + (round % 4)
      const frame = parseDataFrame(bytes)
      if (frame) receiver.receive(frame)
      bytes[0] = 32 + (round % 3)
      const answer = parseDataAnswer(bytes)
      if (answer) sender.answer(answer)
    }
    receiver.close()
    sender.close()
  })
})

test('the digest is the same by the native library and in JavaScript', () => {
  const bytes = systemRandom.bytes(100_000)
  const [native, plain] = [runningDigest(), runningDigest(false)]
  for (const digest of [native, plain])
    for (let at = 0; at < bytes.length; at += 7777) digest.update(bytes.subarray(at, at + 7777))
  expect(native.digest()).toEqual(plain.digest())
})
