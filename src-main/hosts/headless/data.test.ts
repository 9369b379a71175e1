import { tmpdir } from 'node:os'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { silentLog, systemClock } from '../../base/index.ts'
import { MAX_ROOM_DATA_BYTES } from '../../contract/index.ts'
import { bob, createStandInApp, type StandInApp } from '../testing/index.ts'
import { createHeadlessHost, type HeadlessHost, type HeadlessHostStarted } from './index.ts'

let app: StandInApp
let host: HeadlessHost
let at: HeadlessHostStarted

beforeEach(async () => {
  app = createStandInApp()
  const rendererDir = tmpdir()
  host = createHeadlessHost({ app, rendererDir, listen: '127.0.0.1:0', log: silentLog, clock: systemClock })
  at = await host.start()
})
afterEach(() => host.stop())

async function send(data: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${at.token}` }
  const body = JSON.stringify({ roomId: bob, data })
  return (await fetch(`${at.api}/call/rooms.sendData`, { method: 'POST', headers, body })).json()
}

test('a call carries 16 MiB in base64, and not a byte more', async () => {
  const data = Buffer.alloc(MAX_ROOM_DATA_BYTES, 7)
  expect(await send(data.toString('base64'))).toEqual({ ok: true, result: { dataId: 'd', members: data.length } })
  expect(await send(Buffer.alloc(data.length + 1).toString('base64'))).toMatchObject({
    error: { code: 'invalid_params', message: expect.stringContaining('16 MiB') },
  })
  expect(await send('x'.repeat(24 * 1024 * 1024))).toMatchObject({ error: { code: 'too_large' } })
})

test.each(['AAA', 'AA A', 'AAAA====', '%%%%'])('%j is no base64', async (text) => {
  expect(await send(text)).toMatchObject({ error: { code: 'invalid_params' } })
})

test('an event carries 16 MiB whole, and others behind it', async () => {
  const stop = new AbortController()
  const headers = { authorization: `Bearer ${at.token}` }
  const stream = await fetch(`${at.api}/events`, { headers, signal: stop.signal })
  const data = new Uint8Array(MAX_ROOM_DATA_BYTES).fill(9)
  app.emit('room.data', { roomId: bob, from: bob, dataId: 'd', data })
  app.emit('presence', { address: bob, online: true })
  let text = ''
  for await (const part of stream.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += part
    if (text.includes('"presence"')) break
  }
  const [, event] = text.split('\n\n')
  const { payload } = JSON.parse((event ?? '').slice('data: '.length)) as { payload: { data: string } }
  expect(Buffer.from(payload.data, 'base64').equals(data)).toBe(true)
  stop.abort()
})
