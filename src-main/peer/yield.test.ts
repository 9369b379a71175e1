import { beforeEach, expect, test } from 'vitest'
import { silentLog, systemRandom } from '../base/index.ts'
import { decodeSignal, encodeSignal, type SignalBodyValue } from '../wire/index.ts'
import { Allowance } from './allowance.ts'
import { CONNECT_TIMEOUT_MS, YIELD_MS } from './constants.ts'
import type { Command } from './ipc.ts'
import { Link } from './link.ts'
import { TestClock } from './test-clock.ts'
import { loopback } from './test-pair.ts'
import { readWhole } from './whole.ts'

const description = {
  setup: { Actpass: true as const },
  ufrag: 'wYc5',
  pwd: 'f5gQKjx7i2LkM6QyZN1SF5',
  fingerprint: new Uint8Array(32).fill(0xa0),
  sctpPort: 5000,
  maxMessageSize: 262_144,
}
const { offer: sdp } = readWhole({ description, candidates: [] })
const paid: SignalBodyValue = { WholeOffer: { description, candidates: [], replaces: null } }
let clock: TestClock
let posted: Command[]
let sent: { session: Uint8Array; body: SignalBodyValue }[]
let link: Link

const pass = (ms: number) => clock.pass(ms)

beforeEach(() => {
  let connection = 0
  ;[clock, posted, sent] = [new TestClock(), [], []]
  link = new Link('bob', {
    ...{ clock, random: systemRandom, log: silentLog, ours: true, allowance: new Allowance(1) },
    ...{ options: () => loopback, ready: () => true, admit: () => true, whole: () => false, wantsData: () => false },
    allot: () => ++connection,
    release: () => {},
    post: (command) => void posted.push(command),
    signal: (session, body) => void sent.push({ session, body }),
    emit: () => {},
  })
  link.connect()
  link.report({ type: 'description', connection: 1, sdp })
})

const begun = () => posted.flatMap((command) => (command.type === 'open' ? [command.role] : []))
const hear = (session: Uint8Array, body: SignalBodyValue) => link.receive(decodeSignal(encodeSignal(session, body)))
const offer = (body: SignalBodyValue, id = 7) => hear(new Uint8Array(16).fill(id), body)

test('an offer that nobody answers gives way to one that the other paid for', () => {
  pass(1000)
  offer(paid)
  pass(YIELD_MS - 1)
  expect(begun()).toEqual(['offer'])
  pass(1)
  expect(begun()).toEqual(['offer', 'answer'])
})

test('where its own time is over before that, it gives way at once', () => {
  pass(CONNECT_TIMEOUT_MS - 1)
  offer(paid)
  pass(1)
  expect(begun()).toEqual(['offer', 'answer'])
})

test('an offer that is answered meanwhile stands, and so does one against another that cost nothing', () => {
  offer({ Offer: { sdp } })
  pass(YIELD_MS)
  expect(begun()).toEqual(['offer'])
  offer(paid, 8)
  hear(sent[0]?.session ?? new Uint8Array(), { Answer: { sdp } })
  pass(YIELD_MS)
  expect(begun()).toEqual(['offer'])
})

test('whoever closes the connection meanwhile answers nothing', () => {
  offer(paid)
  link.disconnect()
  pass(YIELD_MS)
  expect([begun(), clock.waiting]).toEqual([['offer'], 0])
})
