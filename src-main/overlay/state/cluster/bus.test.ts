import { randomBytes } from 'node:crypto'
import type { NatsConnection } from '@nats-io/transport-node'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { silentLog, systemClock, systemRandom } from '../../../base/index.ts'
import { hasNats, startNats, type TestNats } from '../../../testing/nats.ts'
import { waitFor } from '../../../testing/testnet-nodes.ts'
import { NatsBus } from './bus.ts'
import { connectCluster } from './connect.ts'

describe.skipIf(!hasNats)('what processes of a node tell each other', () => {
  let nats: TestNats
  let prefix = ''
  const connections: NatsConnection[] = []
  const buses: NatsBus[] = []
  beforeAll(async () => void (nats = await startNats(1)), 20_000)
  afterAll(() => nats.stop())
  afterEach(async () => {
    for (const bus of buses.splice(0)) bus.stop()
    await Promise.all(connections.splice(0).map((connection) => connection.close()))
    prefix = ''
  })

  async function open(position = { is: 0 }): Promise<NatsBus> {
    prefix ||= `bus${randomBytes(4).toString('hex')}`
    const connection = await connectCluster({ servers: nats.urls })
    const bus = new NatsBus({
      connection,
      prefix,
      process: randomBytes(8).toString('hex'),
      position: () => position.is,
      reached: async (wanted, ms) => {
        await waitFor(() => position.is >= wanted, ms).catch(() => {})
        return position.is >= wanted
      },
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
    })
    bus.start()
    await connection.flush()
    connections.push(connection)
    buses.push(bus)
    return bus
  }
  const flushed = () => Promise.all(connections.map((connection) => connection.flush()))
  const echo = (bytes: Uint8Array) => Promise.resolve(new Uint8Array([...bytes, 9]))

  it('presence reaches all others and not the one that said it, and one that joins later is told', async () => {
    const [a, b] = [await open(), await open()]
    const heard: string[] = []
    a.subscribe('presence', (bytes) => heard.push(`a${bytes[0]}`))
    b.subscribe('presence', (bytes) => heard.push(`b${bytes[0]}`))
    b.subscribe('presence', () => {
      throw new Error('a listener that fails')
    })
    a.publish('presence', new Uint8Array([1]))
    await waitFor(() => heard.length === 1)
    expect(heard).toEqual(['b1'])
    const many = Array.from({ length: 1_000 }, (_, index) => new Uint8Array(1_000).fill(index % 250))
    a.share(() => many)
    const late = await open()
    const told: number[] = []
    late.subscribe('presence', (bytes) => told.push(bytes[0] ?? -1))
    late.share(() => [])
    await waitFor(() => told.length === many.length)
    expect(told).toEqual(many.map((bytes) => bytes[0]))
  })

  it('a question reaches the process that holds the link, and nobody where none does or it fails', async () => {
    const [a, b] = [await open(), await open()]
    expect(await a.ask('d', new Uint8Array([1]), 1_000)).toBeUndefined()
    const release = b.hold('d', echo, () => {})
    await flushed()
    expect(await a.ask('d', new Uint8Array([1]), 1_000)).toEqual(new Uint8Array([1, 9]))
    release()
    await flushed()
    expect(await a.ask('d', new Uint8Array([1]), 1_000)).toBeUndefined()
    b.hold(
      'd',
      () => Promise.reject(new Error('no')),
      () => {},
    )
    await flushed()
    expect(await a.ask('d', new Uint8Array([1]), 1_000)).toBeUndefined()
    b.hold(
      'e',
      () => new Promise(() => {}),
      () => {},
    )
    await flushed()
    expect(await a.ask('e', new Uint8Array([1]), 50)).toBeUndefined()
  })

  it('a question waits until the other process is as far in the log as the one that asks', async () => {
    const behind = { is: 4 }
    const [a, b] = [await open({ is: 5 }), await open(behind)]
    b.hold('d', echo, () => {})
    await flushed()
    const asked = a.ask('d', new Uint8Array([1]), 1_500)
    setTimeout(() => (behind.is = 5), 50)
    expect(await asked).toEqual(new Uint8Array([1, 9]))
  })

  it('of links that two processes take at once exactly one stays, and a later one takes over', async () => {
    const [a, b] = [await open(), await open()]
    const taken: string[] = []
    for (let round = 0; round < 20; round++) {
      taken.length = 0
      const device = `d${round}`
      a.hold(device, echo, () => taken.push('a'))
      b.hold(device, echo, () => taken.push('b'))
      await waitFor(() => taken.length > 0)
      await flushed()
      await flushed()
      expect(taken).toHaveLength(1)
    }
    const other = await open()
    a.hold('moved', echo, () => taken.push('moved'))
    await new Promise((resolve) => setTimeout(resolve, 2_050))
    other.hold('moved', echo, () => taken.push('wrong'))
    await waitFor(() => taken.includes('moved'))
    expect(taken).not.toContain('wrong')
  })

  it('presence that was said while a process was cut off reaches it after that', async () => {
    const [a, b] = [await open(), await open()]
    const packets: Uint8Array[] = []
    const heard: number[] = []
    a.share(() => packets)
    b.share(() => [])
    b.subscribe('presence', (bytes) => heard.push(bytes[0] ?? -1))
    await nats.kill(0)
    packets.push(new Uint8Array([7]))
    await nats.revive(0)
    await waitFor(() => heard.includes(7), 10_000)
  })
})
