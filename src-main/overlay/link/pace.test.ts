import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { Clock } from '../../base/index.ts'
import { BundleWriter, encodeFrame } from '../../wire/index.ts'
import { Pace, unitsIn } from './pace.ts'

const AMPLE = { perSecond: 1e9, burst: 1e9 }
const address = `0x${'01'.repeat(32)}`

it('counts each frame of a bundle, and more where it has many signatures or addresses', () => {
  const ping = encodeFrame('ping', 1, {})
  const watch = encodeFrame('watchPresence', 2, { addresses: Array.from({ length: 200 }, () => address) })
  const revocations = Array.from({ length: 4 }, () => new Uint8Array(168))
  const told = encodeFrame('revocations', 0, { address, revocations })
  const ask = encodeFrame('logRead', 3, { group: address, from: 0, limit: 1 })
  expect([ping, watch, told, ask].map(unitsIn)).toEqual([1, 26, 9, 4])
  const writer = new BundleWriter()
  for (const frame of [ping, ping, told, ping]) {
    const at = writer.place(frame.length)
    if (at === undefined) throw new Error('no room')
    frame.copy(writer.bytes, at)
  }
  const bundle = writer.take()
  expect(unitsIn(bundle)).toBe(12)
  // Cut short it is a fault of one more frame.
  expect(unitsIn(bundle.subarray(0, bundle.length - 1))).toBe(12)
})

describe('a socket that is held to a pace', () => {
  let server: WebSocketServer
  let client: WebSocket
  let steady: number
  let due: (() => void)[]
  const clock: Clock = {
    now: () => 0,
    steady: () => steady,
    after: (_, task) => {
      due.push(task)
      return () => void (due = due.filter((each) => each !== task))
    },
  }
  let received: number
  let held: number

  beforeEach(async () => {
    ;[steady, due, received, held] = [0, [], 0, 0]
    server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    const pace = new Pace(clock, { frames: { perSecond: 10, burst: 20 }, bytes: AMPLE }, () => held++)
    server.on('connection', (socket) => {
      socket.on('message', () => received++)
      pace.hold(socket, 'one')
    })
    await once(server, 'listening')
    client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
    await once(client, 'open')
  })
  afterEach(async () => {
    client.terminate()
    for (const socket of server.clients) socket.terminate()
    await new Promise((resolve) => server.close(resolve))
  })

  /** Each so large that few are in one read of the socket. */
  const send = (count: number) => {
    for (let sent = 0; sent < count; sent++) client.send(Buffer.alloc(60_000, 8))
  }
  const settle = () => new Promise((resolve) => setTimeout(resolve, 50))

  it('is not read while it owes, and loses nothing', async () => {
    send(200)
    await expect.poll(() => held).toBe(1)
    await settle()
    const before = received
    expect(before).toBeLessThan(40)
    // Too early: it still owes, and waits on.
    for (const task of due.splice(0)) task()
    await settle()
    expect([received, due.length]).toEqual([before, 1])
    for (let round = 0; round < 1_000 && received < 200; round++) {
      steady += 10_000
      for (const task of due.splice(0)) task()
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    expect(received).toBe(200)
  })

  it('waits for nothing any more once it has closed', async () => {
    send(200)
    await expect.poll(() => due.length).toBe(1)
    for (const socket of server.clients) socket.terminate()
    await expect.poll(() => due.length).toBe(0)
  })
})
