import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { silentLog, systemRandom, toHex } from '../base/index.ts'
import { allowList, createIdentityPair } from './test-device.ts'
import { decodeFrame, encodeFrame, linkFrames, MAX_FRAME_BYTES } from '../wire/index.ts'
import { fixedLedger, startNodes, testIdentity, type TestNodes, waitFor } from '../testing/testnet-nodes.ts'
import { parseNodeAddress } from './link/address.ts'
import { dial } from './link/dial.ts'
import { buildPresence } from './presence/packet.ts'
import { createDevice } from './test-device.ts'
import type { OverlayIdentity } from './types.ts'

const CHAIN = '0badcafe'
const DAY = 24 * 3_600_000
let net: TestNodes
let endpoint: string

beforeEach(async () => {
  net = await startNodes(1, { ledger: fixedLedger(CHAIN) })
  endpoint = net.addresses[0] ?? ''
})
afterEach(() => net.stop())

function dialAs(identity: OverlayIdentity, chain = CHAIN, node = endpoint) {
  const credentials = { role: 'device', certificate: identity.certificate.signed, key: identity.deviceKey } as const
  return dial({ node: parseNodeAddress(node), credentials, chain, random: systemRandom, log: silentLog })
}

/** A socket that has done TLS and nothing else. */
async function rawSocket(): Promise<WebSocket> {
  const socket = new WebSocket(parseNodeAddress(endpoint).endpoints[0] ?? '', { rejectUnauthorized: false })
  socket.on('error', () => {})
  await new Promise((resolve) => socket.once('open', resolve))
  return socket
}

async function expectAlive(): Promise<void> {
  const { connection } = await dialAs(testIdentity())
  await connection.request('ping', {}, 'pong', 2_000)
  connection.close()
}

describe('the handshake', () => {
  it('refuses a node with another certificate, and says why', async () => {
    const url = parseNodeAddress(endpoint).endpoints[0]
    const wrong = `${url}#${'ab'.repeat(32)}`
    await expect(dialAs(testIdentity(), CHAIN, wrong)).rejects.toMatchObject({ code: 'bad_signature' })
    const device = createDevice([wrong])
    await device.overlay.start()
    await waitFor(() => device.overlay.links()[0]?.reason === 'bad_signature')
    expect(device.overlay.links()[0]?.state).not.toBe('connected')
    await device.overlay.stop()
  })

  it("refuses a client that shows another one's certificate", async () => {
    const victim = testIdentity()
    const thief = { certificate: victim.certificate, deviceKey: testIdentity().deviceKey }
    await expect(dialAs(thief)).rejects.toMatchObject({ code: 'bad_signature' })
  })

  it('refuses a certificate whose wallet does not have the address', async () => {
    const { forged } = createIdentityPair()
    await expect(dialAs(forged)).rejects.toMatchObject({ code: 'bad_signature' })
  })

  it('refuses another chain', async () => {
    await expect(dialAs(testIdentity(), 'deadbeef')).rejects.toMatchObject({ code: 'conflict' })
  })

  it('serves nothing before it is done', async () => {
    const socket = await rawSocket()
    const answers: string[] = []
    socket.on('message', (data: Buffer) => {
      const frame = decodeFrame(data)
      answers.push(frame.name === 'error' ? frame.body.code : frame.name)
    })
    socket.send(encodeFrame('getPresence', 1, { address: `0x${'00'.repeat(32)}` }))
    await new Promise((resolve) => socket.once('close', resolve))
    expect(answers).toEqual(['unauthorized'])
  })

  it('refuses a node that nobody has dialled back', async () => {
    const key = testIdentity().deviceKey
    const record = {
      nodeKey: toHex(key.publicKey),
      endpoints: ['wss://127.0.0.1:1'],
      fingerprint: 'cd'.repeat(32),
      object: null,
    }
    const credentials = { role: 'node', record, key } as const
    const node = parseNodeAddress(endpoint)
    const { connection } = await dial({ node, credentials, chain: CHAIN, random: systemRandom, log: silentLog })
    const asked = connection.request('getPresence', { address: `0x${'00'.repeat(32)}` }, 'presence', 2_000)
    await expect(asked).rejects.toMatchObject({ code: 'unauthorized' })
    connection.close()
  })
})

describe('presence packets', () => {
  const fields = (identity: OverlayIdentity, change = {}) => ({
    certificate: identity.certificate.signed,
    issuedAt: Date.now(),
    ttl: 60_000,
    sequence: '5',
    homeNodes: [],
    endpoints: [],
    capabilities: 0,
    goodbye: false,
    ...change,
  })

  it('are refused when forged, expired, from the future, too long, replayed or of another chain', async () => {
    const own = testIdentity()
    const { connection } = await dialAs(own)
    const put = (packet: Uint8Array) => connection.request('putPresence', { packet }, 'ok', 2_000)
    const build = (change = {}, chain = CHAIN, key = own.deviceKey) => buildPresence(key, chain, fields(own, change))
    const first = build()
    await put(first)
    await put(first)
    await expect(put(build({ sequence: '4', issuedAt: Date.now() - 5_000 }))).rejects.toMatchObject({
      code: 'conflict',
    })
    await expect(put(build({}, CHAIN, testIdentity().deviceKey))).rejects.toMatchObject({ code: 'bad_signature' })
    await expect(put(build({}, 'deadbeef'))).rejects.toMatchObject({ code: 'bad_signature' })
    await expect(put(build({ issuedAt: Date.now() - 61_000 }))).rejects.toMatchObject({ code: 'expired' })
    await expect(put(build({ issuedAt: Date.now() + 31_000 }))).rejects.toMatchObject({ code: 'expired' })
    await expect(put(build({ ttl: 300_001 }))).rejects.toMatchObject({ code: 'invalid_params' })
    const other = testIdentity()
    const foreign = buildPresence(other.deviceKey, CHAIN, fields(other))
    await expect(put(foreign)).rejects.toMatchObject({ code: 'unauthorized' })
    await put(build({ goodbye: true, issuedAt: Date.now() + 10 }))
    await expect(put(first)).rejects.toMatchObject({ code: 'conflict' })
    connection.close()
  })
})

describe('frames from outside', () => {
  it('that are random, truncated, of an unknown type or too large end in an error or a closed link', async () => {
    for (let round = 0; round < 20; round++) {
      const { connection } = await dialAs(testIdentity())
      connection.close()
      const socket = await rawSocket()
      for (let index = 0; index < 50; index++)
        if (socket.readyState === 1) socket.send(systemRandom.bytes(1 + index * 7))
      await new Promise((resolve) => (socket.readyState === 3 ? resolve(0) : socket.once('close', resolve)))
    }
    const large = await rawSocket()
    large.send(new Uint8Array(MAX_FRAME_BYTES + 1))
    await new Promise((resolve) => large.once('close', resolve))
    const text = await rawSocket()
    text.send('hello')
    text.close()
    await expectAlive()
  })

  it('100,000 of them at random are each refused with a code', () => {
    const types = Object.values(linkFrames).map(({ type }) => type)
    const codes = new Map<string, number>()
    for (let index = 0; index < 100_000; index++) {
      const bytes = systemRandom.bytes(Math.floor(systemRandom.float() * 200))
      // Nine of ten have a type that exists, or the body would never be reached.
      if (bytes.length > 0 && index % 10 > 0) bytes[0] = types[index % types.length] ?? 0
      let code = 'read'
      try {
        decodeFrame(bytes)
      } catch (error) {
        code = (error as { code: string }).code
      }
      codes.set(code, (codes.get(code) ?? 0) + 1)
    }
    expect([...codes.keys()].every((code) => /^(read|invalid_params|unsupported_version|too_large)$/.test(code))).toBe(
      true,
    )
    expect(codes.get('invalid_params')).toBeGreaterThan(10_000)
  })

  it('that carry no envelope of the sender are refused', async () => {
    const device = createDevice([endpoint])
    await device.overlay.start()
    await waitFor(() => device.overlay.links()[0]?.state === 'connected')
    const { connection } = await dialAs(testIdentity())
    const body = { address: device.to.address, device: device.to.device, ttl: 1, urgency: { message: true } as never }
    for (const envelope of [new Uint8Array(), new Uint8Array(80).fill(9), systemRandom.bytes(500)]) {
      const sent = connection.request('send', { ...body, envelope }, 'sendResult', 2_000)
      await expect(sent).rejects.toMatchObject({ code: expect.stringMatching(/invalid|version|unauthorized/) })
    }
    connection.close()
    await device.overlay.stop()
    await expectAlive()
  })
})

it('a reader that does not read is dropped, and the mailbox keeps its messages', async () => {
  const bob = testIdentity()
  const alice = createDevice([endpoint])
  const { connection } = await dialAs(bob)
  await connection.request('setAllowed', allowList(bob, [alice.to.address]), 'ok', 2_000)
  await alice.overlay.start()
  await waitFor(() => alice.overlay.links()[0]?.state === 'connected')
  connection.pause()
  const to = { address: bob.certificate.addressText, device: bob.certificate.deviceId }
  const sends = Array.from({ length: 300 }, () => alice.overlay.send(to, alice.envelope(60_000).bytes, 'message', DAY))
  expect(new Set(await Promise.all(sends))).toEqual(new Set(['queued']))
  connection.close()
  const again = createDevice([endpoint], { identity: bob })
  await again.overlay.start()
  await waitFor(() => again.received.length === 300, 10_000)
  await Promise.all([again.overlay.stop(), alice.overlay.stop()])
})

it('sockets that never speak are closed', async () => {
  const [url = ''] = parseNodeAddress(endpoint).endpoints
  const port = Number(new URL(url).port)
  const tcp = connect(port, '127.0.0.1')
  const tls = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
  const ws = await rawSocket()
  const closed = (socket: { once(name: 'close', listener: () => void): unknown }) =>
    new Promise<void>((resolve) => socket.once('close', () => resolve()))
  tcp.on('error', () => {})
  tls.on('error', () => {})
  tcp.resume()
  tls.resume()
  await Promise.all([closed(tcp), closed(tls), closed(ws)])
}, 12_000)

it('more connections than allowed are refused before TLS, and a quick sender is told to wait', async () => {
  const small = await startNodes(1, {
    ledger: fixedLedger(CHAIN),
    limits: { acceptPerHost: { perSecond: 0.01, burst: 2 }, frames: { perSecond: 1, burst: 5 } },
  })
  const node = small.addresses[0] ?? ''
  try {
    const { connection } = await dialAs(testIdentity(), CHAIN, node)
    const pings = Array.from({ length: 8 }, () => connection.request('ping', {}, 'pong', 2_000))
    const results = await Promise.allSettled(pings)
    const refused = results.filter((result) => result.status === 'rejected')
    expect(refused).toHaveLength(3)
    expect(refused[0]?.reason).toMatchObject({ code: 'rate_limited' })
    connection.close()
    await (await dialAs(testIdentity(), CHAIN, node)).connection.close()
    await expect(dialAs(testIdentity(), CHAIN, node)).rejects.toMatchObject({ code: 'offline' })
  } finally {
    await small.stop()
  }
})
