import { X509Certificate } from 'node:crypto'
import { connect as connectTcp } from 'node:net'
import { connect, createSecureContext, createServer, type TLSSocket } from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import { systemRandom } from '../base/index.ts'
import { MAX_LAN_KNOCKS } from './constants.ts'
import type { LanOffer } from './frames.ts'
import { type Attempt, dialOnLan, listenOnLan, TOKEN_BYTES } from './lan.ts'
import { createLanCertificate, fingerprintOf } from './lan-certificate.ts'
import { LanSocket } from './lan-socket.ts'
import { becomes, SignalNetwork, startPeer } from './test-pair.ts'

const HOST = '127.0.0.1'
const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

interface Listening {
  offer: LanOffer
  opened: TLSSocket[]
  failures: number
  attempt: Attempt
}

async function listen(): Promise<Listening> {
  const state: Partial<Listening> & { opened: TLSSocket[]; failures: number } = { opened: [], failures: 0 }
  await new Promise<void>((resolve) => {
    state.attempt = listenOnLan({
      address: HOST,
      offer: (offer) => ((state.offer = offer), resolve()),
      open: (socket) => void (state.opened.push(socket), closing.push(() => socket.destroy())),
      failed: () => state.failures++,
    })
  })
  closing.push(() => state.attempt?.close())
  return state as Listening
}

function dial(offer: LanOffer): Promise<TLSSocket | undefined> {
  return new Promise((resolve) => {
    dialOnLan(HOST, offer, {
      open: (socket) => (closing.push(() => socket.destroy()), resolve(socket)),
      failed: () => resolve(undefined),
    })
  })
}

/** A stranger's TLS connection that says this. */
async function knock(port: number, say: Uint8Array): Promise<TLSSocket> {
  const socket = connect({ host: HOST, port, rejectUnauthorized: false })
  closing.push(() => socket.destroy())
  socket.on('error', () => {})
  await new Promise((resolve) => socket.once('secureConnect', resolve))
  socket.write(say)
  return socket
}

const ended = (socket: TLSSocket) => new Promise((resolve) => socket.on('close', resolve).resume())

test('the certificate is one, of the key it names, and known by its fingerprint', () => {
  // Numbers in DER have lengths of their own: often enough for each of them.
  for (let round = 0; round < 200; round++) {
    const { key, cert } = createLanCertificate()
    createSecureContext({ key, cert })
  }
  const { cert, fingerprint } = createLanCertificate()
  const parsed = new X509Certificate(cert)
  expect(parsed.verify(parsed.publicKey)).toBe(true)
  expect(parsed.subject).toBe('CN=parley')
  expect(fingerprintOf(parsed.raw)).toEqual(fingerprint)
})

describe('the one who was told', () => {
  test('comes in, once', async () => {
    const { offer, opened } = await listen()
    expect(await dial(offer)).toBeDefined()
    expect(opened.length).toBe(1)
    expect(await dial(offer)).toBeUndefined()
  })

  test('does not speak to anybody with another certificate', async () => {
    const { key, cert } = createLanCertificate()
    let heard = 0
    const impostor = createServer({ key, cert }, (socket) =>
      socket.on('data', (bytes) => (heard += bytes.length)).on('error', () => {}),
    )
    await new Promise<void>((resolve) => impostor.listen(0, HOST, () => resolve()))
    closing.push(() => impostor.close())
    const { port } = impostor.address() as { port: number }
    const { offer } = await listen()
    expect(await dial({ ...offer, port })).toBeUndefined()
    expect(heard).toBe(0)
  })
})

describe('strangers', () => {
  test('are dropped with a wrong token, and the right one comes in beside them', async () => {
    const { offer, opened } = await listen()
    const stranger = await knock(offer.port, systemRandom.bytes(TOKEN_BYTES))
    await ended(stranger)
    const plain = connectTcp(offer.port, HOST)
    plain.on('error', () => {}).write('GET / HTTP/1.1\r\n\r\n')
    closing.push(() => plain.destroy())
    expect(await dial(offer)).toBeDefined()
    expect(opened.length).toBe(1)
  })

  test('who say nothing are few, and go when the right one is there', async () => {
    const { offer, opened } = await listen()
    const silent = await Promise.all(
      Array.from({ length: MAX_LAN_KNOCKS - 1 }, () => knock(offer.port, Uint8Array.of(1))),
    )
    expect(await dial(offer)).toBeDefined()
    await Promise.all(silent.map(ended))
    expect(opened.length).toBe(1)
  })
})

describe('what comes over the connection', () => {
  test('is cut into frames however it arrives, and a frame beyond the bound ends it', async () => {
    const { offer, opened } = await listen()
    const dialled = await dial(offer)
    const frames: Uint8Array[] = []
    let isClosed = false
    if (!opened[0] || !dialled) throw new Error('not open')
    new LanSocket(
      opened[0],
      (frame) => frames.push(frame),
      () => (isClosed = true),
    )
    const bytes = Buffer.concat([Buffer.of(0, 0, 0, 3, 1, 2, 3), Buffer.of(0, 0, 0, 1, 9)])
    for (const byte of bytes) dialled.write(Uint8Array.of(byte))
    await expect.poll(() => frames.map((frame) => [...frame])).toEqual([[1, 2, 3], [9]])
    dialled.on('error', () => {}).write(Buffer.of(0xff, 0xff, 0xff, 0xff))
    await expect.poll(() => isClosed).toBe(true)
  })
})

test('two within one network send bulk data over TLS, and over the data channel when it breaks', async () => {
  const network = new SignalNetwork()
  const addresses = { alice: '0x01', bob: '0x02' }
  const [alice, bob] = await Promise.all([startPeer(network, 'alice', addresses), startPeer(network, 'bob', addresses)])
  closing.push(() => Promise.all([alice.peers.stop(), bob.peers.stop()]))
  const received: Uint8Array[] = []
  bob.peers.on('data', ({ bytes, accept }) => (received.push(bytes), accept()))
  alice.peers.connect('bob')
  await Promise.all([becomes(alice, 'bob', true), becomes(bob, 'alice', true)])
  await expect.poll(() => alice.peers.hasLan('bob') && bob.peers.hasLan('alice')).toBe(true)
  const bytes = systemRandom.bytes(5_000_000)
  await Promise.all([alice.peers.sendData('bob', bytes), alice.peers.sendData('bob', bytes.subarray(0, 70_000))])
  expect(received.map((each) => each.length).sort()).toEqual([5_000_000, 70_000])
  // A frame that is none, straight to the peer process: the other side ends the TLS connection, and only that.
  let broken = false
  alice.processes[0]?.onMessage((message) => (broken ||= (message as { type: string }).type === 'lanClosed'))
  const sent = alice.peers.sendData('bob', bytes)
  alice.processes[0]?.post({ type: 'send', connection: 1, channel: 'lan', bytes: new Uint8Array(70_000) })
  await sent
  expect(Buffer.compare(received.at(-1) ?? new Uint8Array(), bytes)).toBe(0)
  expect(alice.peers.isOpen('bob')).toBe(true)
  await expect.poll(() => broken).toBe(true)
  await alice.peers.sendData('bob', bytes.subarray(0, 1000))
})
