import { expect, test } from 'vitest'
import { systemRandom } from '../base/index.ts'
import { isErrorCode, ParleyError } from '../contract/index.ts'
import { decodeSignal, encodeSignal, MAX_CANDIDATES_PER_SIGNAL, MAX_SDP_BYTES, type SignalBodyValue } from './signal.ts'

const session = new Uint8Array(16).fill(7)
const bodies: SignalBodyValue[] = [
  { Offer: { sdp: 'v=0\r\n' } },
  { Answer: { sdp: 'v=0\r\n' } },
  { Candidates: { candidates: [{ candidate: 'candidate:1 1 UDP 1 10.0.0.1 5000 typ host', mid: '0' }] } },
  { Bye: { reason: { Closed: true } } },
]

test('signals come back as they were sent', () => {
  for (const body of bodies) {
    const decoded = decodeSignal(encodeSignal(session, body))
    expect(decoded.session).toEqual(session)
    expect(decoded.body).toMatchObject(body)
  }
})

test('a signal has known bytes', () => {
  expect(Buffer.from(encodeSignal(session, { Bye: { reason: { Lost: true } } })).toString('hex')).toBe(
    `00${'07'.repeat(16)}0301`,
  )
})

test('too large descriptions and too many candidates are refused', () => {
  expect(() => decodeSignal(encodeSignal(session, { Offer: { sdp: 'x'.repeat(MAX_SDP_BYTES + 1) } }))).toThrow(
    ParleyError,
  )
  const candidates = Array.from({ length: MAX_CANDIDATES_PER_SIGNAL + 1 }, () => ({ candidate: '', mid: '0' }))
  expect(() => encodeSignal(session, { Candidates: { candidates } })).toThrow()
  expect(() => decodeSignal(new Uint8Array(9000))).toThrow(expect.objectContaining({ code: 'too_large' }))
})

test('20,000 random and altered signals are read or refused with a code, never anything else', () => {
  const valid = bodies.map((body) => encodeSignal(session, body))
  for (let round = 0; round < 20_000; round++) {
    const bytes = round % 2 ? new Uint8Array(valid[round % 4] ?? []) : systemRandom.bytes(1 + (round % 200))
    bytes[Math.floor(systemRandom.float() * bytes.length)] = round & 255
    try {
      decodeSignal(bytes)
    } catch (error) {
      expect(error instanceof ParleyError && isErrorCode(error.code)).toBe(true)
    }
  }
})
