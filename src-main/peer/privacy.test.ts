import { createHmac } from 'node:crypto'
import { networkInterfaces } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { IceServer } from '../overlay/index.ts'
import { freeUdpPort, hasTurnServer, startTurnServer, TURN_SECRET, type TurnServer } from '../testing/turn.ts'
import { decodeSignal } from '../wire/index.ts'
import { permitted } from './outgoing.ts'
import { reachOf } from './servers.ts'
import { becomes, loopback, SignalNetwork, startPeer, type TestPeer } from './test-pair.ts'

const addresses = { alice: '0x01', bob: '0x02' }

function credentials(url: string, secret = TURN_SECRET): IceServer {
  const username = `${Math.floor(Date.now() / 1000) + 600}:test`
  return { url, username, password: createHmac('sha1', secret).update(username).digest('base64') }
}

describe('which servers are used', () => {
  const stun = { url: 'stun:192.0.2.1:3478' }
  const turn = { url: 'turn:192.0.2.2:3478?transport=udp', username: 'u', password: 'p' }
  test('whoever hides their address uses TURN only, and nothing where there is none', () => {
    const hidden = reachOf({ iceServers: [stun, turn], direct: false })
    expect(hidden).toEqual({
      servers: [{ hostname: '192.0.2.2', port: 3478, username: 'u', password: 'p' }],
      relayOnly: true,
    })
    expect(reachOf({ iceServers: [stun], direct: false })).toBeUndefined()
    expect(reachOf({ iceServers: [], direct: true })).toEqual({ servers: [], relayOnly: false })
  })
  test('URLs that are none, TURN without credentials and TURN over TCP are left out', () => {
    const iceServers = [
      { url: 'turn:192.0.2.2:3478' },
      { ...turn, url: 'turn:192.0.2.2:3478?transport=tcp' },
      { ...turn, url: 'turns:192.0.2.2:3478' },
      { ...turn, url: 'turn:user@host:1' },
      { url: 'stun:192.0.2.1:0' },
      { url: 'http://192.0.2.1' },
      { url: '' },
    ]
    expect(reachOf({ iceServers, direct: true })?.servers).toEqual([])
  })
})

describe('what may leave', () => {
  const relay = 'candidate:4 1 UDP 1 198.51.100.1 49170 typ relay'
  const all = [
    'candidate:1 1 UDP 1 192.168.1.5 5000 typ host',
    'candidate:1 1 UDP 1 5e3c2f.local 5000 typ host',
    'candidate:2 1 UDP 1 203.0.113.9 5000 typ srflx raddr 192.168.1.5 rport 5000',
    'candidate:3 1 UDP 1 203.0.113.9 5000 typ prflx raddr 0.0.0.0 rport 0',
    `${relay} raddr 203.0.113.9 rport 5000`,
  ].map((candidate) => ({ candidate, mid: '0' }))
  test('of candidates the relays alone, without the address behind them', () => {
    expect(permitted({ Candidates: { candidates: all } }, false)).toEqual({
      Candidates: { candidates: [{ candidate: relay, mid: '0' }] },
    })
    expect(permitted({ Candidates: { candidates: all.slice(0, 4) } }, false)).toBeUndefined()
    expect(permitted({ Candidates: { candidates: all } }, true)).toEqual({ Candidates: { candidates: all } })
  })
  test('no address in a description', () => {
    const sdp =
      'v=0\r\no=rtc 1 0 IN IP4 203.0.113.9\r\nc=IN IP6 2001:db8::5\r\na=candidate:1 1 UDP 1 10.0.0.1 1 typ host\r\n'
    for (const direct of [true, false])
      expect(permitted({ Offer: { sdp } }, direct)).toEqual({
        Offer: { sdp: 'v=0\r\no=rtc 1 0 IN IP4 127.0.0.1\r\nc=IN IP4 0.0.0.0\r\n' },
      })
  })
})

describe.skipIf(!hasTurnServer)('with a TURN server', () => {
  let turn: TurnServer
  let network: SignalNetwork
  let left: Uint8Array[]
  const open: TestPeer[] = []
  beforeAll(async () => void (turn = await startTurnServer({ address: '127.0.0.1', port: await freeUdpPort() })))
  afterAll(() => turn.stop())
  beforeEach(() => {
    network = new SignalNetwork()
    left = []
    network.fate = (bytes, from) => {
      if (from === 'alice') left.push(bytes)
      return [{ bytes, delayMs: 0 }]
    }
  })
  afterEach(async () => void (await Promise.all(open.splice(0).map(({ peers }) => peers.stop()))))

  async function start(device: 'alice' | 'bob', options: Partial<typeof loopback>): Promise<TestPeer> {
    const peer = await startPeer(network, device, addresses, { ...loopback, ...options })
    open.push(peer)
    return peer
  }

  /** Of everything that left Alice's device: each kind of candidate, and each address but the relay's. */
  function revealed(): string[] {
    const own = Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address))
    const found: string[] = []
    for (const { body } of left.map(decodeSignal)) {
      for (const { candidate } of body.Candidates?.candidates ?? [])
        if (!/ 127\.0\.0\.1 \d+ typ relay$/.test(candidate)) found.push(candidate)
      for (const { kind } of [...(body.WholeOffer?.candidates ?? []), ...(body.WholeAnswer?.candidates ?? [])])
        if (!kind.Relay) found.push(JSON.stringify(kind))
      const sdp = body.Offer?.sdp ?? body.Answer?.sdp ?? ''
      if (/candidate/.test(sdp)) found.push(sdp)
      found.push(...own.filter((address) => address !== '127.0.0.1' && sdp.includes(address)))
    }
    return found
  }

  test.each([
    ['offers', false],
    ['answers', true],
  ])('whoever hides their address and %s tells a relay and nothing else; messages pass', async (_, bobBegins) => {
    const alice = await start('alice', { direct: false, iceServers: [credentials(turn.url)] })
    const bob = await start('bob', {})
    bob.peers.on('message', ({ accept }) => accept())
    if (bobBegins) bob.peers.connect('alice')
    else alice.peers.connect('bob')
    await Promise.all([becomes(alice, 'bob', true), becomes(bob, 'alice', true)])
    await alice.peers.send('bob', Uint8Array.of(1))
    expect(left.some((bytes) => decodeSignal(bytes).body.Candidates)).toBe(true)
    expect(revealed()).toEqual([])
  })

  test('the same where signals go whole, through the ledger', async () => {
    network.whole = true
    const alice = await start('alice', { direct: false, iceServers: [credentials(turn.url)] })
    const bob = await start('bob', { direct: false, iceServers: [credentials(turn.url)] })
    alice.peers.connect('bob')
    await Promise.all([becomes(alice, 'bob', true), becomes(bob, 'alice', true)])
    expect(left.map((bytes) => decodeSignal(bytes).body.WholeOffer?.candidates.length)).toEqual([1])
    expect(revealed()).toEqual([])
  })

  test('a TURN server that refuses the credentials ends the attempt, in bounded time, with nothing told', async () => {
    const wrong = credentials(turn.url, 'another secret')
    const alice = await start('alice', { direct: false, iceServers: [wrong] })
    await start('bob', {})
    alice.peers.connect('bob')
    const over = () => left.some((bytes) => decodeSignal(bytes).body.Bye) && !alice.peers.isOpen('bob')
    await expect.poll(over).toBe(true)
    expect(revealed()).toEqual([])
    expect(left.filter((bytes) => decodeSignal(bytes).body.Candidates)).toEqual([])
  })

  test('without a TURN server not a single signal leaves', async () => {
    const alice = await start('alice', { direct: false })
    const bob = await start('bob', {})
    alice.peers.connect('bob')
    bob.peers.connect('alice')
    await wait(500)
    expect(left).toEqual([])
  })
})
