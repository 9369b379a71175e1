import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../../base/index.ts'
import { BINARY, CLOSE, CONTINUATION, FrameReader, PING, PONG, PROTOCOL_ERROR, TEXT, TOO_BIG } from './reader.ts'

const MOST = 256 * 1024
const SIZES = [0, 1, 3, 31, 32, 33, 125, 126, 4_000, 16_384, 65_535, 65_536, MOST]

type Heard = { message: Buffer; binary: boolean } | { control: number; payload: Buffer } | { fault: number }

function newReader() {
  const heard: Heard[] = []
  const reader = new FrameReader(
    {
      // What is heard is valid during the call only.
      message: (bytes, binary) => void heard.push({ message: Buffer.from(bytes), binary }),
      control: (control, payload) => void heard.push({ control, payload: Buffer.from(payload) }),
      fault: (fault) => void heard.push({ fault }),
    },
    MOST,
  )
  return { reader, heard }
}

function isSame(one: Heard | undefined, other: Heard): boolean {
  if (one && 'message' in one && 'message' in other)
    return one.binary === other.binary && one.message.equals(other.message)
  if (one && 'payload' in one && 'payload' in other)
    return one.control === other.control && one.payload.equals(other.payload)
  return false
}

interface Shape {
  opcode?: number
  fin?: boolean
  mask?: Uint8Array | null
  reserved?: number
  /** What the head says, where it lies. */
  length?: number
}

/** A frame as RFC 6455 section 5.2 draws it, byte by byte. */
function frame(payload: Uint8Array, { opcode = BINARY, fin = true, reserved = 0, ...rest }: Shape = {}): Buffer {
  const mask = rest.mask === undefined ? systemRandom.bytes(4) : rest.mask
  const { length = payload.length } = rest
  const head = [(fin ? 0x80 : 0) | reserved | opcode]
  const masked = mask ? 0x80 : 0
  if (length < 126) head.push(masked | length)
  else if (length < 65_536) head.push(masked | 126, length >> 8, length & 0xff)
  else head.push(masked | 127, ...Array.from({ length: 8 }, (_, at) => Math.floor(length / 256 ** (7 - at)) & 0xff))
  const bytes = payload.map((byte, at) => byte ^ (mask?.[at % 4] ?? 0))
  return Buffer.concat([Buffer.from(head), mask ?? Buffer.alloc(0), bytes])
}

/** In pieces of random lengths, each with memory of its own as those of a stream. */
function pieces(bytes: Buffer, most: number): Buffer[] {
  const out: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const length = 1 + Math.floor(systemRandom.float() * most)
    const piece = Buffer.allocUnsafeSlow(Math.min(length, bytes.length - at))
    bytes.copy(piece, 0, at)
    out.push(piece)
    at += length
  }
  return out
}

describe('what a client sends', () => {
  it.each([1, 7, 100, 5_000, 16_384, 1_000_000])(
    'is heard as it was said, cut into pieces of up to %i bytes',
    (most) => {
      const { reader, heard } = newReader()
      const said: Heard[] = []
      const stream: Buffer[] = []
      for (const size of most === 1 ? SIZES.slice(0, -3) : SIZES) {
        const message = Buffer.from(systemRandom.bytes(size))
        const payload = Buffer.from(systemRandom.bytes(size % 126))
        const [first, second] = [Math.floor(size / 3), Math.floor(size / 2)]
        said.push({ message, binary: true }, { control: PING, payload }, { control: PONG, payload })
        said.push({ message, binary: false })
        stream.push(frame(message), frame(payload, { opcode: PING }))
        // In three parts, with another's control frame between them.
        stream.push(frame(message.subarray(0, first), { opcode: TEXT, fin: false }), frame(payload, { opcode: PONG }))
        stream.push(frame(message.subarray(first, second), { opcode: CONTINUATION, fin: false }))
        stream.push(frame(message.subarray(second), { opcode: CONTINUATION }))
      }
      for (const piece of pieces(Buffer.concat(stream), most)) reader.read(piece)
      expect(heard.length).toBe(said.length)
      for (const [index, each] of said.entries()) expect(isSame(heard[index], each)).toBe(true)
    },
  )

  it('takes next to no memory by saying that it will be large', () => {
    const before = process.memoryUsage().arrayBuffers
    const readers = Array.from({ length: 500 }, () => newReader().reader)
    for (const reader of readers) reader.read(frame(new Uint8Array(100), { length: MOST }))
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(500 * 2_000)
    for (const reader of readers) reader.end()
  })
})

describe('what no client says', () => {
  const nothing = new Uint8Array()
  it.each([
    ['a reserved bit', PROTOCOL_ERROR, [frame(nothing, { reserved: 0x40 })]],
    ['no mask', PROTOCOL_ERROR, [frame(nothing, { mask: null }), Buffer.alloc(8)]],
    ['an unknown opcode', PROTOCOL_ERROR, [frame(nothing, { opcode: 3 })]],
    ['an unknown control opcode', PROTOCOL_ERROR, [frame(nothing, { opcode: 11 })]],
    ['the end of nothing', PROTOCOL_ERROR, [frame(nothing, { opcode: CONTINUATION })]],
    ['a message within another', PROTOCOL_ERROR, [frame(nothing, { fin: false }), frame(nothing)]],
    ['a control frame in parts', PROTOCOL_ERROR, [frame(nothing, { opcode: PING, fin: false })]],
    ['a control frame too long', PROTOCOL_ERROR, [frame(new Uint8Array(126), { opcode: CLOSE })]],
    ['too large a message', TOO_BIG, [frame(new Uint8Array(10), { length: MOST + 1 })]],
    ['one larger than can be', TOO_BIG, [frame(new Uint8Array(10), { length: 2 ** 63 })]],
    [
      'too large a message in parts',
      TOO_BIG,
      [frame(new Uint8Array(MOST), { fin: false }), frame(new Uint8Array(1), { opcode: CONTINUATION })],
    ],
  ])('is refused, and nothing is read after it: %s', (_name, code, frames) => {
    for (const most of [3, 1_000_000]) {
      const { reader, heard } = newReader()
      const stream = Buffer.concat([frame(Buffer.from('before')), ...frames, frame(Buffer.from('after'))])
      for (const piece of pieces(stream, most)) reader.read(piece)
      expect(heard).toEqual([{ message: Buffer.from('before'), binary: true }, { fault: code }])
    }
  })

  it('whatever comes, at random, ends in messages or one fault, never in a throw', () => {
    for (let round = 0; round < 2_000; round++) {
      const { reader, heard } = newReader()
      for (let piece = 0; piece < 5; piece++) reader.read(Buffer.from(systemRandom.bytes(1 + (round % 300))))
      expect(heard.filter((each) => 'fault' in each).length).toBeLessThanOrEqual(1)
    }
  })
})
