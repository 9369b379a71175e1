import { expect, it } from 'vitest'
import { systemRandom, toHex } from '../../base/index.ts'
import { decodeFrame, encodeFrame } from '../link.ts'
import { MAX_ENVELOPE_BYTES } from '../limits.ts'
import {
  deliverBytes,
  deliverInPlace,
  isAccept,
  requestId,
  SEND_RESULT_BYTES,
  sendIsSignal,
  sendRecipient,
  sendTarget,
  sendTtl,
  sentEnvelope,
  writeDeliver,
  writeDelivered,
} from './live.ts'

const SIZES = [0, 1, 100, 127, 128, 300, 16_383, 16_384, MAX_ENVELOPE_BYTES]
const hex = () => toHex(systemRandom.bytes(32))
const number = () => Math.floor(systemRandom.float() * 2 ** 32)

function send(size: number, urgency: 'message' | 'request' | 'signal') {
  const body = { address: `0x${hex()}`, device: hex(), ttl: number(), envelope: systemRandom.bytes(size) }
  return { ...body, urgency: { [urgency]: true } as never }
}

/** The bytes somewhere within others, as they come. */
function within(frame: Uint8Array): { bytes: Buffer; at: number; end: number } {
  const bytes = Buffer.concat([systemRandom.bytes(7), frame, systemRandom.bytes(3)])
  return { bytes, at: 7, end: 7 + frame.length }
}

it.each(SIZES)('a send with an envelope of %i bytes is read in place as its schema reads it', (size) => {
  for (const urgency of ['message', 'signal'] as const) {
    const [body, id] = [send(size, urgency), number()]
    const { bytes, at, end } = within(encodeFrame('send', id, body))
    const start = sentEnvelope(bytes, at, end)
    expect(bytes.subarray(start, end).equals(body.envelope)).toBe(true)
    expect(requestId(bytes, at)).toBe(id)
    expect(sendRecipient(bytes, at)).toEqual({ address: body.address, device: body.device })
    expect(sendTarget(bytes, at)).toBe(Buffer.from(body.address.slice(2) + body.device, 'hex').toString('latin1'))
    expect(sendTtl(bytes, at)).toBe(body.ttl)
    expect(sendIsSignal(bytes, at)).toBe(urgency === 'signal')
  }
})

it.each(SIZES)(
  'the deliver and the result of an envelope of %i bytes are written as their schemas write them',
  (size) => {
    const [body, id] = [send(size, 'message'), number()]
    const sent = within(encodeFrame('send', id, body))
    const start = sentEnvelope(sent.bytes, sent.at, sent.end) ?? 0
    const expected = encodeFrame('deliver', id, { envelope: body.envelope })
    expect(deliverBytes(size)).toBe(expected.length)
    const out = Buffer.alloc(expected.length + 4)
    writeDeliver(out, 3, id, sent.bytes, start, sent.end)
    expect(out.subarray(3, -1).equals(expected)).toBe(true)
    const before = Buffer.from(sent.bytes.subarray(0, sent.at))
    expect(deliverInPlace(sent.bytes, id, start, sent.end).equals(expected)).toBe(true)
    expect(sent.bytes.subarray(0, sent.at).equals(before)).toBe(true)
    const result = Buffer.alloc(SEND_RESULT_BYTES + 2)
    writeDelivered(result, 1, id)
    expect(result.subarray(1, -1)).toEqual(encodeFrame('sendResult', id, { result: { delivered: true } as never }))
  },
)

it('contact requests, and sends of which a byte is missing, too many or not canonical, are left to the schema', () => {
  const request = within(encodeFrame('send', 1, send(100, 'request')))
  expect(sentEnvelope(request.bytes, request.at, request.end)).toBeUndefined()
  for (const size of [0, 100, 200, 20_000]) {
    const { bytes, at, end } = within(encodeFrame('send', 1, send(size, 'message')))
    expect(sentEnvelope(bytes, at, end - 1)).toBeUndefined()
    expect(sentEnvelope(bytes, at, end + 1)).toBeUndefined()
    expect(sentEnvelope(bytes, at, at + 4)).toBeUndefined()
  }
  const long = Buffer.from(encodeFrame('send', 1, send(0, 'message')))
  const notCanonical = Buffer.concat([long.subarray(0, -1), Buffer.from([0x80, 0x00])])
  expect(sentEnvelope(notCanonical, 0, notCanonical.length)).toBeUndefined()
})

it('reads nothing that the schema refuses: 100,000 sends with bytes that were changed', () => {
  const frame = Buffer.from(encodeFrame('send', 1, send(130, 'message')))
  for (let round = 0; round < 100_000; round++) {
    const bytes = Buffer.from(frame.subarray(0, frame.length - (round % 3)))
    // The type, the urgency and the length of the envelope are where it can go wrong.
    const places = [0, 73, 74, 75, 76]
    bytes[places[round % places.length] ?? 0] = number() & 0xff
    const start = sentEnvelope(bytes, 0, bytes.length)
    if (start === undefined) continue
    const read = decodeFrame(bytes)
    if (read.name !== 'send') throw new Error(`this is ${read.name}`)
    expect(bytes.subarray(start).equals(read.body.envelope)).toBe(true)
  }
})

it('an accept is known by its type and length', () => {
  const { bytes, at, end } = within(encodeFrame('accept', 7, { id: new Uint8Array(16) }))
  expect(isAccept(bytes, at, end)).toBe(true)
  expect(isAccept(bytes, at, end - 1)).toBe(false)
  const pong = encodeFrame('ok', 7, {})
  expect(isAccept(Buffer.concat([pong, Buffer.alloc(16)]), 0, 21)).toBe(false)
})
