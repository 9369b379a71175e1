import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { silentLog } from '../../base/index.ts'
import type { ParleyError } from '../../contract/index.ts'
import { encodeFrame } from '../../wire/index.ts'
import { MAX_PENDING_REQUESTS } from '../constants.ts'
import { Connection } from './connection.ts'

let server: WebSocketServer
let ours: Connection
let theirs: WebSocket

beforeEach(async () => {
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await new Promise((resolve) => server.once('listening', resolve))
  const accepted = new Promise<WebSocket>((resolve) => server.once('connection', resolve))
  theirs = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  ours = new Connection(await accepted, silentLog)
  await new Promise((resolve) => theirs.once('open', resolve))
})
afterEach(async () => {
  ours.close()
  theirs.terminate()
  await new Promise((resolve) => server.close(resolve))
})

it('so many requests wait for the answers of a silent side, and one more is refused', async () => {
  const codes: string[] = []
  const ask = () => {
    void ours.request('ping', {}, 'pong', 60_000).catch((error: ParleyError) => codes.push(error.code))
  }
  for (let count = 0; count < MAX_PENDING_REQUESTS; count++) ask()
  await new Promise((resolve) => setImmediate(resolve))
  expect(codes).toEqual([])
  ask()
  await new Promise((resolve) => setImmediate(resolve))
  expect(codes).toEqual(['rate_limited'])
})

it('so many frames are kept for a side that does not listen yet, and one more ends the link', async () => {
  const ping = (id: number) => theirs.send(encodeFrame('ping', id, {}))
  for (let id = 1; id <= 512; id++) ping(id)
  const frames: number[] = []
  const closed = new Promise<ParleyError>((resolve) => ours.onClose(resolve))
  // The other side's closing comes behind everything that it sent.
  ping(513)
  theirs.close()
  expect((await closed).cause).toMatchObject({ code: 'rate_limited' })
  ours.handle(({ id }) => void frames.push(id))
  expect(frames).toHaveLength(512)
})

it('an envelope for a link that is gone is told to have failed, and is kept for whoever sends it elsewhere', async () => {
  ours.close()
  const failed: string[] = []
  const delivery = {
    envelope: Buffer.alloc(0),
    done: undefined,
    outcome: () => Promise.resolve(false),
    answered: () => {},
    failed: ({ code }: ParleyError) => void failed.push(code),
  }
  ours.deliver(delivery, Buffer.from('before envelope'), 7, 15)
  expect(failed).toEqual(['offline'])
  expect(delivery.envelope.toString()).toBe('envelope')
  expect(ours.deliveries?.size ?? 0).toBe(0)
})
