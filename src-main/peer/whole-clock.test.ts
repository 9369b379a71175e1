import { beforeEach, expect, test } from 'vitest'
import type { SignalBodyValue } from '../wire/index.ts'
import { WHOLE_ANSWER_MS, WHOLE_CONNECT_MS, WHOLE_HOLD_MS } from './constants.ts'
import type { Command } from './ipc.ts'
import { TestClock } from './test-clock.ts'
import { readWhole } from './whole.ts'
import { WholeNegotiation } from './whole-negotiation.ts'

const remote = { candidate: 'candidate:1 1 UDP 9 127.0.0.1 5000 typ host', mid: '0' }
const { offer: sdp } = readWhole({
  description: {
    setup: { Actpass: true },
    ufrag: 'wYc5',
    pwd: 'f5gQKjx7i2LkM6QyZN1SF5',
    fingerprint: new Uint8Array(32).fill(0xa0),
    sctpPort: 5000,
    maxMessageSize: 262_144,
  },
  candidates: [],
})
let clock: TestClock
let failures: string[]
let posted: Command[]
let signalled: { body: SignalBodyValue; sent: () => void }[]

const pass = (ms: number) => clock.pass(ms)

beforeEach(() => {
  clock = new TestClock()
  failures = []
  posted = []
  signalled = []
})

function begin(role: 'offer' | 'answer'): WholeNegotiation {
  const parts = {
    clock,
    options: { iceServers: [], bindAddress: '127.0.0.1', direct: true },
    reach: { servers: [], relayOnly: false },
    signal: (_: Uint8Array, body: SignalBodyValue, sent = () => {}) => void signalled.push({ body, sent }),
    post: (command: Command) => void posted.push(command),
    failed: (reason: string) => void failures.push(reason),
  }
  const negotiation = new WholeNegotiation(parts, 1, role, new Uint8Array(16))
  negotiation.start(role === 'answer' ? sdp : undefined)
  if (role === 'answer') negotiation.remoteCandidates([remote])
  return negotiation
}

function tell(negotiation: WholeNegotiation): () => void {
  negotiation.localDescription(sdp)
  negotiation.gathered()
  return signalled[0]?.sent ?? (() => {})
}

const candidates = () => posted.filter(({ type }) => type === 'candidate').length

test('an answer has its time from when it was written, however long the ledger was away', () => {
  const written = tell(begin('answer'))
  pass(WHOLE_ANSWER_MS - 1)
  expect([failures, candidates()]).toEqual([[], 0])
  written()
  pass(WHOLE_HOLD_MS)
  expect(candidates()).toBe(1)
  pass(WHOLE_CONNECT_MS - WHOLE_HOLD_MS - 1)
  expect(failures).toEqual([])
  pass(1)
  expect(failures).toEqual(['timeout'])
})

test('an offer waits for its answer from when it was written', () => {
  const written = tell(begin('offer'))
  pass(WHOLE_ANSWER_MS - 1)
  written()
  pass(WHOLE_ANSWER_MS - 1)
  expect(failures).toEqual([])
  pass(1)
  expect(failures).toEqual(['timeout'])
})

test('what is never written, and what is never described, is over in the end', () => {
  tell(begin('answer'))
  pass(WHOLE_ANSWER_MS)
  expect(failures).toEqual(['timeout'])
  begin('answer')
  pass(WHOLE_CONNECT_MS)
  expect(failures).toEqual(['timeout', 'timeout'])
})

test('an answer that is read before its writer hears that it was written changes nothing later', () => {
  const answering = begin('answer')
  const answered = tell(answering)
  answering.stop()
  answered()
  signalled = []
  const offering = begin('offer')
  const written = tell(offering)
  offering.remoteAnswer(sdp)
  written()
  pass(WHOLE_CONNECT_MS)
  expect(failures).toEqual(['timeout'])
  expect(clock.waiting).toBe(0)
})
