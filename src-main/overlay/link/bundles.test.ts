import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { silentLog } from '../../base/index.ts'
import { type LinkFrame, linkFrames } from '../../wire/index.ts'
import { Connection } from './connection.ts'

let server: WebSocketServer
let ours: Connection
let theirs: WebSocket
let messages: Buffer[]
let frames: LinkFrame[]

beforeEach(async () => {
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await new Promise((resolve) => server.once('listening', resolve))
  const accepted = new Promise<WebSocket>((resolve) => server.once('connection', resolve))
  theirs = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  messages = []
  frames = []
  theirs.on('message', (data: Buffer) => messages.push(data))
  ours = new Connection(await accepted, silentLog)
  ours.handle((frame) => void frames.push(frame))
  await new Promise((resolve) => theirs.once('open', resolve))
})

afterEach(async () => {
  ours.close()
  theirs.terminate()
  await new Promise((resolve) => server.close(resolve))
})

/** An `ok` frame with this id. */
const ok = (id: number) => [linkFrames.ok.type, 0, 0, 0, id]
const bundle = (...inner: number[][]) => Buffer.from([10, ...inner.flatMap((frame) => [0, frame.length, ...frame])])
const ids = () => frames.map(({ id }) => id)

it('what is sent in one turn leaves in one message, and alone in the next as it is', async () => {
  for (const id of [1, 2, 3]) ours.send('ok', id, {})
  await expect.poll(() => messages.length).toBe(1)
  ours.send('ok', 4, {})
  await expect.poll(() => messages.length).toBe(2)
  expect(messages).toEqual([bundle(ok(1), ok(2), ok(3)), Buffer.from(ok(4))])
})

it('a large frame goes by itself and overtakes nothing', async () => {
  ours.send('ok', 1, {})
  ours.send('deliver', 2, { envelope: new Uint8Array(20_000) })
  ours.send('ok', 3, {})
  await expect.poll(() => messages.length).toBe(3)
  expect(messages.map((message) => message[4])).toEqual([1, 2, 3])
})

it('what was sent before the link is closed still leaves', async () => {
  ours.sendError(9, new Error('x'))
  ours.close()
  await expect.poll(() => messages.length).toBe(1)
  expect(messages[0]?.[4]).toBe(9)
})

it('serves each frame of a bundle, and answers the one that cannot be read', async () => {
  const unknown = [255, 0, 0, 0, 7]
  theirs.send(bundle(ok(1), unknown, ok(2)))
  await expect.poll(ids).toEqual([1, 2])
  await expect.poll(() => messages.length).toBe(1)
  expect([messages[0]?.[0], messages[0]?.[4]]).toEqual([linkFrames.error.type, 7])
})

it('a bundle within a bundle, and one whose lengths are wrong, is a fault; too many end the link', async () => {
  const wrong = Buffer.concat([bundle(ok(1)), Buffer.from([0, 9, 1])])
  theirs.send(bundle([10, 0, 5, ...ok(1)]))
  theirs.send(wrong)
  await expect.poll(ids).toEqual([1])
  expect(ours.closed).toBe(false)
  // An empty frame is a fault as any other: the rest of the bundle is not read once they are too many.
  theirs.send(bundle(...Array.from({ length: 500 }, () => [])))
  await expect.poll(() => ours.closed).toBe(true)
})
