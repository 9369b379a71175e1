import { expect, it } from 'vitest'
import { decodeFrame, encodeFrame, MAX_FRAME_BYTES } from './link.ts'

it('what was read from a frame holds nothing of the buffer that it came in', () => {
  const frame = encodeFrame('putPresence', 1, { packet: new Uint8Array(300).fill(7) })
  const record = Buffer.alloc(MAX_FRAME_BYTES)
  frame.copy(record, 100)
  const { name, body } = decodeFrame(record.subarray(100, 100 + frame.length))
  if (name !== 'putPresence') throw new Error('another frame')
  expect(body.packet).toEqual(new Uint8Array(300).fill(7))
  expect(body.packet.buffer.byteLength).toBeLessThan(frame.length)
})
