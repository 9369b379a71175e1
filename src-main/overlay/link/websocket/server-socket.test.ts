import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { systemRandom } from '../../../base/index.ts'
import { acceptUpgrade, HEAD_ROOM, ServerSocket } from './index.ts'

const MOST = 256 * 1024
const SIZES = [0, 1, 125, 126, 65_535, 65_536, 200_000]
let server: Server
let port: number
let ours: ServerSocket
let theirs: WebSocket
let ended: string[]

beforeEach(async () => {
  server = createServer()
  const events: string[] = []
  ended = events
  const accepted = new Promise<void>((resolve) =>
    server.on('upgrade', (request, stream, head) => {
      if (!acceptUpgrade(request, stream)) return
      ours = new ServerSocket(stream, head, MOST)
      ours.on('error', () => void events.push('error'))
      ours.on('close', () => void events.push('close'))
      resolve()
    }),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
  theirs = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false })
  await Promise.all([accepted, new Promise((resolve) => theirs.once('open', resolve))])
})
afterEach(async () => {
  ours.terminate()
  theirs.terminate()
  await new Promise((resolve) => server.close(resolve))
})

const closedTheirs = () =>
  new Promise<string>((resolve) => theirs.once('close', (code, reason) => resolve(`${code} ${reason.toString()}`)))

it('hears what a client of another make says, and says what that one hears', async () => {
  const said = SIZES.map((size) => Buffer.from(systemRandom.bytes(size)))
  const [here, there]: [Buffer[], Buffer[]] = [[], []]
  ours.on('message', (data: Buffer, binary: boolean) => {
    expect(binary).toBe(true)
    here.push(Buffer.from(data))
    ours.send(Buffer.from(data))
  })
  theirs.on('message', (data: Buffer) => there.push(data))
  for (const each of said) theirs.send(each)
  await expect.poll(() => there.length).toBe(said.length)
  expect(Buffer.concat(here).equals(Buffer.concat(said))).toBe(true)
  expect(there.map(({ length }) => length)).toEqual(SIZES)
  expect(Buffer.concat(there).equals(Buffer.concat(said))).toBe(true)
})

it('sends what has room before it in one piece, and says when its bytes are free', async () => {
  const there: Buffer[] = []
  let done = 0
  theirs.on('message', (data: Buffer) => there.push(data))
  for (const size of SIZES) {
    const bytes = Buffer.alloc(HEAD_ROOM + size + 3, 7)
    ours.sendFrom(bytes, HEAD_ROOM, HEAD_ROOM + size, () => {
      done++
      bytes.fill(0)
    })
  }
  await expect.poll(() => there.length).toBe(SIZES.length)
  expect(there.map((each) => each.length)).toEqual(SIZES)
  expect(there.every((each) => each.every((byte) => byte === 7))).toBe(true)
  expect(done).toBe(SIZES.length)
})

it('a text is heard as one, and a ping is answered', async () => {
  const kinds: boolean[] = []
  ours.on('message', (_data: Buffer, binary: boolean) => kinds.push(binary))
  const pong = new Promise<Buffer>((resolve) => theirs.once('pong', resolve))
  theirs.send('hello')
  theirs.ping('abc')
  expect((await pong).toString()).toBe('abc')
  expect(kinds).toEqual([false])
})

it('closes with its code and reason, and hears nothing more', async () => {
  const heard: Buffer[] = []
  ours.on('message', (data: Buffer) => void heard.push(data))
  const closed = closedTheirs()
  ours.close(1008, 'rate_limited')
  theirs.send('late')
  ours.send(Buffer.from('never'))
  expect(await closed).toBe('1008 rate_limited')
  await expect.poll(() => ended).toEqual(['close'])
  expect(heard).toEqual([])
})

it.each([[undefined], [1000], [4_000]])('a client that closes with %s is answered so', async (code) => {
  const closed = closedTheirs()
  theirs.close(code)
  expect(await closed).toBe(`${code ?? 1005} `)
  await expect.poll(() => ended).toEqual(['close'])
})

it('a client that is gone is noticed, once', async () => {
  theirs.terminate()
  await expect.poll(() => ended.at(-1)).toBe('close')
  expect(ended.filter((each) => each === 'close')).toHaveLength(1)
})

it('too large a message ends the link with the code for it', async () => {
  const closed = closedTheirs()
  theirs.on('error', () => {})
  theirs.send(Buffer.alloc(MOST + 1))
  expect(await closed).toBe('1009 ')
  await expect.poll(() => ended).toEqual(['error', 'close'])
})

it.each([
  ['no key', 'Sec-WebSocket-Version: 13', '400 Bad Request'],
  ['a key that is none', 'Sec-WebSocket-Key: abc\r\nSec-WebSocket-Version: 13', '400 Bad Request'],
  [
    'another version',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 8',
    '426 Upgrade Required',
  ],
])('an opening with %s is refused', async (_name, fields, status) => {
  const socket = connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk as Buffer))
  socket.write(`GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${fields}\r\n\r\n`)
  await new Promise((resolve) => socket.once('close', resolve))
  expect(Buffer.concat(chunks).toString().split('\r\n')[0]).toBe(`HTTP/1.1 ${status}`)
})
