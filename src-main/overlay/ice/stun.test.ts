import { createSocket, type Socket } from 'node:dgram'
import { crc32 } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { type Clock, silentLog, systemClock, systemRandom } from '../../base/index.ts'
import { BINDINGS_PER_SOURCE } from './constants.ts'
import { answerBinding } from './stun.ts'
import { StunServer } from './stun-server.ts'

const SOURCE = { address: '192.0.2.1', port: 32853 }
/** The transaction id of the test vectors (RFC 5769). */
const TRANSACTION = Buffer.from('b7e7a701bc34d686fa87dfae', 'hex')

function attribute(type: number, value: Uint8Array = new Uint8Array()): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt16BE(type, 0)
  head.writeUInt16BE(value.length, 2)
  return Buffer.concat([head, value, Buffer.alloc((4 - (value.length % 4)) % 4)])
}

function request(attributes: Buffer[] = [], { type = 1, cookie = 0x2112a442, length = -1 } = {}): Buffer {
  const body = Buffer.concat(attributes)
  const head = Buffer.alloc(8)
  head.writeUInt16BE(type, 0)
  head.writeUInt16BE(length < 0 ? body.length : length, 2)
  head.writeUInt32BE(cookie, 4)
  return Buffer.concat([head, TRANSACTION, body])
}

function withFingerprint(packet: Buffer): Buffer {
  const covered = Buffer.from(packet)
  covered.writeUInt16BE(packet.length - 20 + 8, 2)
  const value = Buffer.alloc(4)
  value.writeUInt32BE((crc32(covered) ^ 0x5354554e) >>> 0)
  return Buffer.concat([covered, attribute(0x8028, value)])
}

describe('the answer to a binding request', () => {
  it('has the XOR-MAPPED-ADDRESS of the test vectors of RFC 5769', () => {
    const v4 = answerBinding(request(), SOURCE) ?? new Uint8Array()
    expect(Buffer.from(v4).toString('hex')).toBe(
      `0101000c2112a442${TRANSACTION.toString('hex')}002000080001a147e112a643`,
    )
    const v6 = answerBinding(request(), { address: '2001:db8:1234:5678:11:2233:4455:6677', port: 32853 })
    expect(Buffer.from(v6 ?? []).toString('hex')).toBe(
      `010100182112a442${TRANSACTION.toString('hex')}002000140002a147` + '0113a9faa5d3f179bc25f4b5bed2b9d9',
    )
    const mapped = answerBinding(request(), { ...SOURCE, address: '::ffff:192.0.2.1' })
    expect(mapped).toEqual(v4)
  })

  it('has a fingerprint where the request has one, and only where that is right', () => {
    const asked = withFingerprint(request())
    const answer = Buffer.from(answerBinding(asked, SOURCE) ?? [])
    expect(withFingerprint(Buffer.from(answer.subarray(0, -8))).equals(answer)).toBe(true)
    asked[asked.length - 1]! ^= 1
    expect(answerBinding(asked, SOURCE)).toBeUndefined()
  })

  it('names attributes that must be understood and are not, and passes over those that may be ignored', () => {
    const change = Buffer.from(answerBinding(request([attribute(0x0003, Buffer.alloc(4))]), SOURCE) ?? [])
    expect(change.toString('hex')).toBe(
      `011100102112a442${TRANSACTION.toString('hex')}0009000400000414000a000200030000`,
    )
    const software = request([attribute(0x8022, Buffer.from('parley')), attribute(0x0006, Buffer.from('user'))])
    expect(answerBinding(software, SOURCE)?.[0]).toBe(0x01)
    expect(answerBinding(software, SOURCE)?.[1]).toBe(0x01)
  })

  it('is never given to anything else', () => {
    const bad = [
      request([], { type: 0x0101 }),
      request([], { type: 0x0011 }),
      request([], { type: 0x0003 }),
      request([], { type: 0x4001 }),
      request([], { cookie: 0x2112a443 }),
      request([], { length: 4 }),
      request([attribute(0x8022, Buffer.alloc(8))], { length: 8 }),
      request([Buffer.from([0x80, 0x22, 0xff, 0xff])]),
      request([Buffer.from([0x80, 0x22])]),
      request([attribute(0x8022, Buffer.alloc(600))]),
      Buffer.concat([withFingerprint(request()), attribute(0x8022)]),
      request().subarray(0, 19),
      Buffer.alloc(0),
      Buffer.alloc(20),
    ]
    expect(bad.filter((packet) => answerBinding(packet, SOURCE))).toEqual([])
  })

  it('is at most 24 bytes larger than the request over IPv6, 16 over IPv4, whatever stands in it', () => {
    for (let round = 0; round < 20_000; round++) {
      const attributes = Array.from({ length: round % 4 }, () =>
        attribute(systemRandom.bytes(2)[0]! * 256 + (round % 256), systemRandom.bytes(round % 20)),
      )
      const packet = request(attributes)
      if (round % 3 === 0) packet[round % packet.length]! ^= 1 << (round % 8)
      const v4 = answerBinding(packet, SOURCE)
      if (v4) expect(v4.length - packet.length).toBeLessThanOrEqual(16)
      const v6 = answerBinding(packet, { address: '2001:db8::1', port: 1 })
      if (v6) expect(v6.length - packet.length).toBeLessThanOrEqual(24)
    }
  })
})

describe('the STUN server', () => {
  const open: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const close of open.splice(0)) await close()
  })

  async function start(clock: Clock = systemClock, host = '127.0.0.1'): Promise<number> {
    const server = new StunServer({ clock, log: silentLog })
    open.push(() => server.stop())
    return await server.listen(host, 0)
  }

  async function client(address = '127.0.0.1'): Promise<Socket> {
    const socket = createSocket('udp4')
    await new Promise<void>((resolve) => socket.bind(0, address, resolve))
    open.push(() => new Promise<void>((resolve) => socket.close(() => resolve())))
    return socket
  }

  it('tells the port that a packet came from', async () => {
    const port = await start()
    const socket = await client()
    const answered = new Promise<Buffer>((resolve) => socket.once('message', resolve))
    socket.send(request(), port, '127.0.0.1')
    expect((await answered).readUInt16BE(26) ^ 0x2112).toBe(socket.address().port)
  })

  it('answers one source no more often than its share, garbage never, and goes on', async () => {
    const port = await start({ ...systemClock, now: () => 0 })
    const socket = await client()
    let answers = 0
    socket.on('message', () => answers++)
    // One after the other: the kernel drops what comes faster than it is read.
    const send = async (packet: Uint8Array) => {
      socket.send(packet, port, '127.0.0.1')
      await new Promise((resolve) => setImmediate(resolve))
    }
    for (let round = 0; round < 200; round++) await send(systemRandom.bytes(round + 1))
    for (let round = 0; round < 100; round++) await send(request())
    await expect.poll(() => answers).toBe(BINDINGS_PER_SOURCE.burst)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(answers).toBe(BINDINGS_PER_SOURCE.burst)
  })

  it('that listens for IPv6 and IPv4 at once takes nobody for his neighbour: each IPv4 address has a share of its own', async () => {
    const port = await start({ ...systemClock, now: () => 0 }, '::')
    const [greedy, other] = [await client('127.0.0.1'), await client('127.0.0.2')]
    let answers = 0
    greedy.on('message', () => answers++)
    for (let round = 0; round < 2 * BINDINGS_PER_SOURCE.burst; round++) {
      greedy.send(request(), port, '127.0.0.1')
      await new Promise((resolve) => setImmediate(resolve))
    }
    await expect.poll(() => answers).toBe(BINDINGS_PER_SOURCE.burst)
    const answered = new Promise<Buffer>((resolve) => other.once('message', resolve))
    other.send(request(), port, '127.0.0.1')
    expect((await answered).readUInt16BE(26) ^ 0x2112).toBe(other.address().port)
  })

  it('says which address is taken', async () => {
    const port = await start()
    const second = new StunServer({ clock: systemClock, log: silentLog })
    await expect(second.listen('127.0.0.1', port)).rejects.toMatchObject({ code: 'conflict' })
    await second.stop()
  })
})
