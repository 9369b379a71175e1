import { createHash, createHmac } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it } from 'vitest'
import { SecretText, systemRandom, toHex } from '../../base/index.ts'
import { freeUdpPort, hasTurnServer, startTurnServer, TURN_SECRET } from '../../testing/turn.ts'
import { turnCredential, type TurnCredential } from './credentials.ts'

const CONFIGURATION = fileURLToPath(new URL('../../../resources/coturn/turnserver.conf', import.meta.url))
const ALLOCATE = 0x0003
const ATTRIBUTES = { username: 0x06, integrity: 0x08, error: 0x09, realm: 0x14, nonce: 0x15, transport: 0x19 }
const UDP = Buffer.from([17, 0, 0, 0])
const MINUTES = 60_000
const open: (() => Promise<unknown> | void)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

const settings = new Map(
  readFileSync(CONFIGURATION, 'utf8')
    .split('\n')
    .filter((line) => /^[a-z-]+=\d+$/.test(line))
    .map((line) => line.split('=') as [string, string]),
)
const setting = (name: string) => Number(settings.get(name))

it('has one bound for allocations: what is set aside for their bandwidth is enough for all of them', () => {
  // coturn sets max-bps aside for each allocation, used or not.
  expect(setting('bps-capacity')).toBe(setting('total-quota') * setting('max-bps'))
  expect(setting('total-quota')).toBeGreaterThanOrEqual(1_000)
  expect(setting('user-quota')).toBeGreaterThanOrEqual(4)
})

it.skipIf(!hasTurnServer)(
  'coturn with it serves fifty devices at once, each its share and no more, however often it asks',
  async () => {
    const port = await freeUdpPort()
    const server = await startTurnServer({ address: '127.0.0.1', port, configuration: CONFIGURATION })
    open.push(() => server.stop())
    const secret = new SecretText(TURN_SECRET)
    const credential = (device: string, at = Date.now()) => turnCredential(secret, at, 600, device)
    const devices = Array.from({ length: 50 }, () => toHex(systemRandom.bytes(32)))
    const results = await Promise.all(devices.map((device) => allocate(port, credential(device))))
    expect(results).toEqual(devices.map(() => 'allocated'))
    // Between two changes of the user name, and new credentials for each allocation.
    const now = Date.now()
    const greedy = toHex(systemRandom.bytes(32))
    const inOneHour = Array.from({ length: 2 * setting('user-quota') }, (_, index) => {
      const at = Math.floor(now / (60 * MINUTES)) * 60 * MINUTES + 59 * MINUTES + index * 1000
      return credential(greedy, at)
    })
    const answers: string[] = []
    for (const each of inOneHour) answers.push(await allocate(port, each))
    expect(new Set(inOneHour.map(({ username }) => username)).size).toBe(inOneHour.length)
    expect(answers.filter((answer) => answer === 'allocated')).toHaveLength(setting('user-quota'))
    expect(answers.at(-1)).toBe('486')
  },
  30_000,
)

/** One allocation from a socket of its own (RFC 8656, section 7): `allocated`, or the code of the error. */
async function allocate(port: number, { username, password }: TurnCredential): Promise<string> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  open.push(() => new Promise<void>((resolve) => socket.close(() => resolve())))
  const ask = (attributes: Buffer[], key?: Buffer) => {
    const answered = new Promise<Buffer>((resolve) => socket.once('message', resolve))
    socket.send(message(attributes, key), port, '127.0.0.1')
    return answered
  }
  const transport = attribute(ATTRIBUTES.transport, UDP)
  const challenge = attributesOf(await ask([transport]))
  const realm = challenge.get(ATTRIBUTES.realm) ?? Buffer.alloc(0)
  const nonce = challenge.get(ATTRIBUTES.nonce) ?? Buffer.alloc(0)
  const key = createHash('md5').update(`${username}:${realm.toString()}:${password}`).digest()
  const named = [attribute(ATTRIBUTES.username, Buffer.from(username))]
  const signed = [transport, ...named, attribute(ATTRIBUTES.realm, realm), attribute(ATTRIBUTES.nonce, nonce)]
  const answer = await ask(signed, key)
  const error = attributesOf(answer).get(ATTRIBUTES.error)
  return error ? `${(error[2] ?? 0) * 100 + (error[3] ?? 0)}` : 'allocated'
}

function attribute(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt16BE(type, 0)
  head.writeUInt16BE(value.length, 2)
  return Buffer.concat([head, value, Buffer.alloc((4 - (value.length % 4)) % 4)])
}

function message(attributes: Buffer[], key?: Buffer): Buffer {
  const body = Buffer.concat(attributes)
  const head = Buffer.alloc(8)
  head.writeUInt16BE(ALLOCATE, 0)
  head.writeUInt16BE(body.length + (key ? 24 : 0), 2)
  head.writeUInt32BE(0x2112a442, 4)
  const covered = Buffer.concat([head, systemRandom.bytes(12), body])
  if (!key) return covered
  return Buffer.concat([covered, attribute(ATTRIBUTES.integrity, createHmac('sha1', key).update(covered).digest())])
}

function attributesOf(packet: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>()
  for (let at = 20; at + 4 <= packet.length;) {
    const length = packet.readUInt16BE(at + 2)
    found.set(packet.readUInt16BE(at), packet.subarray(at + 4, at + 4 + length))
    at += 4 + length + ((4 - (length % 4)) % 4)
  }
  return found
}
