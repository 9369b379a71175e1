import { expect, it } from 'vitest'
import { systemRandom } from '../../base/index.ts'
import {
  BUNDLE_START,
  bundledEnd,
  bundledStart,
  BundleWriter,
  isBundle,
  MAX_BUNDLE_BYTES,
  MAX_BUNDLED_BYTES,
} from './bundle.ts'

function framesOf(message: Buffer): Buffer[] {
  const frames: Buffer[] = []
  for (let at = BUNDLE_START; at < message.length;) {
    const end = bundledEnd(message, at)
    if (end === undefined) throw new Error('cannot be read')
    frames.push(message.subarray(bundledStart(at), end))
    at = end
  }
  return frames
}

function write(writer: BundleWriter, frame: Uint8Array): boolean {
  const at = writer.place(frame.length)
  if (at !== undefined) writer.bytes.set(frame, at)
  return at !== undefined
}

it('frames come out of a bundle as they went in, in order', () => {
  const writer = new BundleWriter()
  const frames = [5, 6, 255, 256, 257, MAX_BUNDLED_BYTES].map((size) => Buffer.from(systemRandom.bytes(size)))
  for (const frame of frames) expect(write(writer, frame)).toBe(true)
  const message = writer.take()
  expect(isBundle(message)).toBe(true)
  expect(framesOf(message)).toEqual(frames)
  expect(writer.length).toBe(0)
})

it('a frame by itself is sent as it is', () => {
  const writer = new BundleWriter()
  const frame = Buffer.from([9, 0, 0, 0, 1])
  for (let round = 0; round < 2; round++) {
    write(writer, frame)
    expect(writer.take()).toEqual(frame)
  }
})

it('a bundle is as large as one TLS record at most, and says when it is full', () => {
  const writer = new BundleWriter()
  let count = 0
  while (write(writer, Buffer.alloc(1_000))) count++
  expect(count).toBe(Math.floor((MAX_BUNDLE_BYTES - 1) / 1_002))
  expect(writer.take().length).toBeLessThanOrEqual(MAX_BUNDLE_BYTES)
  const tooLarge = Buffer.concat([Buffer.from([10, 0, 5]), Buffer.alloc(MAX_BUNDLE_BYTES)])
  expect(bundledEnd(tooLarge, BUNDLE_START)).toBeUndefined()
})

it('a length that is cut off, or goes beyond the end, is not read', () => {
  for (const bytes of [
    [10, 0],
    [10, 0, 1],
    [10, 0, 3, 1, 2],
    [10, 0xff, 0xff, 1],
  ])
    expect(bundledEnd(Buffer.from(bytes), BUNDLE_START)).toBeUndefined()
  expect(bundledEnd(Buffer.from([10, 0, 2, 1, 2]), BUNDLE_START)).toBe(5)
})
