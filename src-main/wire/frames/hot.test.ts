import { describe, expect, it } from 'vitest'
import { systemRandom, toHex } from '../../base/index.ts'
import { decodeStrict, encode } from '../codec.ts'
import { coreFrames } from './core.ts'
import { hotCodecs, type HotName } from './hot.ts'

const hex = (bytes = 32) => toHex(systemRandom.bytes(bytes))
const bodies: [HotName, number, () => object][] = [
  ...[0, 1, 100, 127, 128, 300, 16_383, 16_384, 65_536].map((size): [HotName, number, () => object] => [
    'send',
    size,
    () => send(size),
  ]),
  ...[0, 127, 128, 16_384].map((size): [HotName, number, () => object] => [
    'deliver',
    size,
    () => ({ envelope: systemRandom.bytes(size) }),
  ]),
  ['accept', 0, () => ({ id: systemRandom.bytes(16) })],
  ['acceptMail', 0, () => ({ digest: systemRandom.bytes(32), signature: systemRandom.bytes(64) })],
  ['sendResult', 0, () => ({ result: { delivered: true } })],
  ['sendResult', 0, () => ({ result: { queued: true } })],
  ['sendResult', 0, () => ({ result: { dropped: true } })],
  ['getPresence', 0, () => ({ address: `0x${hex()}` })],
]

function send(size: number) {
  const urgency = [{ message: true }, { request: true }, { signal: true }][Math.floor(systemRandom.float() * 3)]
  const ttl = Math.floor(systemRandom.float() * 2 ** 32)
  return { address: `0x${hex()}`, device: hex(), ttl, urgency, envelope: systemRandom.bytes(size) }
}

/** The bytes by the schema, which is what counts. */
function bySchema(name: HotName, body: object): Uint8Array {
  return encode(coreFrames[name].codec as never, body as never, 1 << 20)
}

describe.each(bodies)('%s of %i bytes', (name, _size, make) => {
  it('is written as its schema writes it, and read as its schema reads it', () => {
    const codec = hotCodecs[name]
    for (let round = 0; round < 20; round++) {
      const body = make()
      const bytes = bySchema(name, body)
      const out = new Uint8Array(bytes.length + 9)
      expect(codec.size(body as never)).toBe(bytes.length)
      codec.write(body as never, Buffer.from(out.buffer), 7)
      expect(Buffer.compare(out.subarray(7, -2), bytes)).toBe(0)
      const read = codec.read(Buffer.from(out.buffer, 7, bytes.length))
      expect(read).toEqual(decodeStrict(coreFrames[name].codec as never, bytes, 'it', 1 << 20))
    }
  })

  it('is left to the schema where one byte is missing, too many, or not canonical', () => {
    const bytes = Buffer.from(bySchema(name, make()))
    expect(hotCodecs[name].read(bytes.subarray(0, -1))).toBeUndefined()
    expect(hotCodecs[name].read(Buffer.concat([bytes, Buffer.alloc(1)]))).toBeUndefined()
  })
})

it('reads nothing that the schema refuses: 200,000 bodies at random', () => {
  const names = Object.keys(hotCodecs) as HotName[]
  for (let index = 0; index < 200_000; index++) {
    const name = names[index % names.length] as HotName
    const bytes = Buffer.from(systemRandom.bytes(Math.floor(systemRandom.float() * 90)))
    const read = hotCodecs[name].read(bytes)
    if (read !== undefined)
      expect(decodeStrict(coreFrames[name].codec as never, bytes.subarray(), 'it', 512)).toEqual(read)
  }
})

it('leaves what it cannot write to the schema, which says what is wrong', () => {
  const good = send(10)
  for (const bad of [
    { ...good, address: '0x12' },
    { ...good, device: 'zz'.repeat(32) },
    { ...good, ttl: -1 },
    { ...good, ttl: 2 ** 32 },
    { ...good, ttl: 1.5 },
    { ...good, urgency: { other: true } },
    { ...good, envelope: 'text' },
  ])
    expect(hotCodecs.send.size(bad as never)).toBeUndefined()
  expect(hotCodecs.accept.size({ id: new Uint8Array(15) })).toBeUndefined()
  expect(hotCodecs.getPresence.size({ address: `0x${'g'.repeat(64)}` })).toBeUndefined()
})
