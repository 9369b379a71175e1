import { type ChildProcess, fork } from 'node:child_process'
import { systemRandom } from '../src-main/base/index.ts'
import { becomes, loopback, SignalNetwork, startPeer, type TestPeer } from '../src-main/peer/test-pair.ts'
import { type Figure, median, quantile } from './figures.ts'

const ROUNDS = 12
const SIZE = 10_000_000
const MB = 1_000_000
const PAUSE_MS = 50
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/**
 * 10 MB of bulk data from one app's main process to another's, with credits and digest, against the same bytes over a bare
 * native data channel between two processes, taking turns in one run; the same over the TLS connection that two within one
 * network have; and a chat message's round trip beside bulk data.
 */
export default async function data(): Promise<Figure[]> {
  const [ours, tls, bare] = await Promise.all([ourPair(false), ourPair(true), barePair()])
  try {
    const times = { ours: [] as number[], tls: [] as number[], bare: [] as number[] }
    for (let round = 0; round < ROUNDS; round++) {
      times.bare.push(await bare.transfer())
      await later(PAUSE_MS)
      times.ours.push(await ours.transfer())
      await later(PAUSE_MS)
      times.tls.push(await tls.transfer())
      await later(PAUSE_MS)
    }
    const chat = await ours.chatBesideData()
    return [
      { name: 'ours: 10 MB, p50', value: median(times.ours), unit: 'ms' },
      { name: 'ours: MB a second, p50', value: SIZE / MB / (median(times.ours) / 1000), unit: '1/s' },
      { name: 'bare: 10 MB, p50', value: median(times.bare), unit: 'ms' },
      { name: 'bare: MB a second, p50', value: SIZE / MB / (median(times.bare) / 1000), unit: '1/s' },
      { name: 'speed, ours / bare', value: median(times.bare) / median(times.ours), unit: 'ratio', goal: '>= 0.7' },
      { name: 'over TLS: MB a second, p50', value: SIZE / MB / (median(times.tls) / 1000), unit: '1/s' },
      { name: 'speed, over TLS / over the data channel', value: median(times.ours) / median(times.tls), unit: 'ratio' },
      { name: 'chat beside data, p50', value: median(chat), unit: 'ms' },
      { name: 'chat beside data, p95', value: quantile(chat, 0.95), unit: 'ms', goal: '<= 100' },
    ]
  } finally {
    await Promise.all([ours.close(), tls.close(), bare.close()])
  }
}

async function ourPair(lan: boolean) {
  const network = new SignalNetwork()
  const addresses = { a: '0x01', b: '0x02' }
  const [a, b] = await Promise.all([
    startPeer(network, 'a', addresses, { ...loopback, lan }),
    startPeer(network, 'b', addresses, { ...loopback, lan }),
  ])
  b.peers.on('data', ({ accept }) => accept())
  b.peers.on('message', ({ accept }) => accept())
  a.peers.connect('b')
  await Promise.all([becomes(a, 'b', true), becomes(b, 'a', true)])
  while (lan && !a.peers.hasLan('b')) await later(PAUSE_MS)
  const bytes = systemRandom.bytes(SIZE)
  return {
    transfer: () => timed(() => a.peers.sendData('b', bytes)),
    chatBesideData: () => chatBesideData(a, bytes),
    close: () => Promise.all([a.peers.stop(), b.peers.stop()]),
  }
}

async function chatBesideData(a: TestPeer, bytes: Uint8Array): Promise<number[]> {
  const times: number[] = []
  let left = 3
  const transfers = [1, 2, 3].map(() => a.peers.sendData('b', bytes).finally(() => left--))
  while (left > 0) {
    times.push(await timed(() => a.peers.send('b', new Uint8Array(600))))
    await later(5)
  }
  await Promise.all(transfers)
  return times
}

async function barePair() {
  const entry = new URL('./data/bare-peer.ts', import.meta.url)
  const [a, b] = [1, 2].map(() => fork(entry, [], { serialization: 'advanced' })) as [ChildProcess, ChildProcess]
  const heard = (child: ChildProcess, name: string) =>
    new Promise<void>((resolve) => {
      const listener = (message: object) => {
        if (!(name in message)) return
        child.off('message', listener)
        resolve()
      }
      child.on('message', listener)
    })
  const relay = (from: ChildProcess, to: ChildProcess) =>
    from.on('message', (message: object) => {
      if ('sdp' in message || 'candidate' in message) to.send(message)
    })
  relay(a, b)
  relay(b, a)
  const open = Promise.all([heard(a, 'open'), heard(b, 'open')])
  a.send({ offer: true })
  await open
  return {
    transfer: async () => {
      const ready = heard(b, 'ready')
      b.send({ expect: SIZE })
      await ready
      const done = heard(b, 'done')
      return timed(() => {
        a.send({ send: SIZE })
        return done
      })
    },
    close: async () => {
      for (const child of [a, b]) child.disconnect()
    },
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}
