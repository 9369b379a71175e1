import { once } from 'node:events'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { type IncomingMessage, request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { type Clock, silentLog, systemClock } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { alice, bob, createStandInApp, type StandInApp } from '../testing/index.ts'
import { createHeadlessHost, type HeadlessHost, type HeadlessHostStarted } from './index.ts'

let rendererDir: string
let app: StandInApp
let host: HeadlessHost
let at: HeadlessHostStarted
let time = 1_000_000
const clock: Clock = { ...systemClock, now: () => time }

beforeAll(async () => {
  const root = await mkdtemp(join(tmpdir(), 'parley-host-'))
  rendererDir = join(root)
  await writeFile(join(root, 'index.html'), '<title>Parley</title>')
  await writeFile(join(root, 'main.js'), 'export {}')
  await writeFile(join(root, '.secret.js'), 'no')
})
afterAll(() => rm(rendererDir, { recursive: true }))
beforeEach(async () => {
  app = createStandInApp()
  host = createHeadlessHost({ app, rendererDir, listen: '127.0.0.1:0', log: silentLog, clock })
  at = await host.start()
})
afterEach(() => host.stop())

/** A raw request: fetch would not send foreign Host headers or odd paths. */
function raw(path: string, headers: Record<string, string> = {}, method = 'GET', body?: Buffer | string) {
  return new Promise<{ status: number; text: string; headers: NodeJS.Dict<string | string[]> }>((resolve, reject) => {
    const { port } = new URL(at.api)
    const request = httpRequest(
      { host: '127.0.0.1', port, path, method, headers, setHost: !headers['host'] },
      (answer) => {
        let text = ''
        answer.setEncoding('utf8').on('data', (part: string) => (text += part))
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text, headers: answer.headers }))
      },
    )
    request.on('error', reject).end(body)
  })
}

async function enter(url = at.url): Promise<string> {
  const answer = await fetch(url, { redirect: 'manual' })
  return answer.headers.get('set-cookie')?.split(';')[0] ?? ''
}

function call(method: string, params: unknown, headers: Record<string, string> = {}) {
  const body = typeof params === 'string' ? params : JSON.stringify(params)
  return raw(`/call/${method}`, { authorization: `Bearer ${at.token}`, ...headers }, 'POST', body)
}

describe('one-time URL', () => {
  test('a look with HEAD does not use it up', async () => {
    const { url } = at
    expect((await fetch(url, { method: 'HEAD', redirect: 'manual' })).status).toBe(405)
    expect((await fetch(url, { redirect: 'manual' })).status).toBe(303)
  })

  test('opens the window once and sets a cookie that no script can read', async () => {
    const first = await fetch(at.url, { redirect: 'manual' })
    expect(first.status).toBe(303)
    expect(first.headers.get('location')).toBe('/')
    expect(first.headers.get('set-cookie')).toMatch(/^parley_\d+=[0-9a-f]{64}; HttpOnly; SameSite=Strict; Path=\/$/)
    expect((await fetch(at.url, { redirect: 'manual' })).status).toBe(401)
    expect((await fetch(`${at.api}/`)).status).toBe(401)
  })

  test('opened again in the same browser it just shows the window', async () => {
    const cookie = await enter()
    const again = await fetch(at.url, { redirect: 'manual', headers: { cookie } })
    expect([again.status, again.headers.get('location')]).toEqual([303, '/'])
  })

  test('expires, and a new one can be made', async () => {
    time += 16 * 60_000
    expect(await enter()).toBe('')
    expect(await enter(host.createUrl())).not.toBe('')
  })

  test('a bot can ask for one more', async () => {
    const answer = await raw('/window', { authorization: `Bearer ${at.token}` }, 'POST')
    expect(await enter((JSON.parse(answer.text) as { result: { url: string } }).result.url)).not.toBe('')
    expect((await raw('/window', {}, 'POST')).status).toBe(401)
  })
})

describe('pages', () => {
  test('come with the policy and the other headers', async () => {
    const cookie = await enter()
    const page = await raw('/', { cookie })
    expect([page.status, page.text]).toEqual([200, '<title>Parley</title>'])
    expect(page.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'")
    expect(page.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    })
  })

  test('that were not built yet say what to do', async () => {
    const cookie = await enter()
    const page = join(rendererDir, 'index.html')
    await rename(page, `${page}.away`)
    const answer = await raw('/', { cookie })
    await rename(`${page}.away`, page)
    expect(answer.status).toBe(503)
    expect(answer.text).toContain('npm run build')
  })

  test('never come from outside the folder', async () => {
    const cookie = await enter()
    const paths = [
      '/../package.json',
      '/%2e%2e/package.json',
      '/..%2fpackage.json',
      '/.secret.js',
      '/a%00.js',
      '/%zz.js',
    ]
    for (const path of [...paths, '/..\\..\\x.js', '//etc/passwd.json', '/main.js/x.js', '/nothing.js'])
      expect((await raw(path, { cookie })).status, path).toBe(404)
    expect((await raw('/main.js?x=1', { cookie })).status).toBe(200)
    expect((await raw('/main.js', { cookie }, 'DELETE')).status).toBe(405)
  })

  test('are not shown to another host name (DNS rebinding) or to another page', async () => {
    const cookie = await enter()
    const port = new URL(at.api).port
    for (const name of ['evil.example', `evil.example:${port}`, '127.0.0.1', `localhost:${port}`])
      expect((await raw('/', { cookie, host: name })).status).toBe(421)
    for (const origin of ['http://evil.example', 'null', 'http://127.0.0.1:1'])
      expect((await raw('/', { cookie, origin })).status).toBe(403)
  })
})

describe('calls over HTTP', () => {
  test('give amounts as decimal strings and take them so', async () => {
    const balance = await call('wallet.balance', {})
    expect(JSON.parse(balance.text)).toEqual({ ok: true, result: { address: alice, nanos: '12345678901234567890' } })
    const sent = await call('wallet.send', { to: bob, nanos: '7' })
    expect(JSON.parse(sent.text)).toMatchObject({ result: { fee: { burned: '7', deposit: '-1' } } })
    expect(app.touches()).toBe(2)
  })

  test('tell the reason where there is one', async () => {
    app.handlers['contacts.preview'] = async () => {
      throw new ParleyError('bad_address', 'Mistyped.', { reason: 'address_checksum' })
    }
    const refused = await call('contacts.preview', { address: '0x' })
    expect(JSON.parse(refused.text)).toEqual({
      ok: false,
      error: { code: 'bad_address', message: 'Mistyped.', reason: 'address_checksum' },
    })
  })

  test('refuse with a code, a sentence and a fitting status', async () => {
    const refused = async (method: string, params: unknown, headers = {}) => {
      const { status, text } = await call(method, params, headers)
      return [status, (JSON.parse(text) as { error: { code: string } }).error.code]
    }
    expect(await refused('identity.get', {})).toEqual([409, 'no_identity'])
    expect(await refused('no.such', {})).toEqual([404, 'not_found'])
    expect(await refused('__proto__', {})).toEqual([404, 'not_found'])
    expect(await refused('contacts.add', {})).toEqual([400, 'invalid_params'])
    expect(await refused('contacts.add', '{')).toEqual([400, 'invalid_params'])
    expect(await refused('app.info', { extra: 1 })).toEqual([400, 'invalid_params'])
    expect(await refused('app.info', {}, { authorization: 'Bearer x' })).toEqual([401, 'unauthorized'])
    expect(await refused('app.info', {}, { authorization: '' })).toEqual([401, 'unauthorized'])
    const bug = await call('identity.lock', {})
    expect([bug.status, bug.text.includes('12345')]).toEqual([500, false])
    expect((await call('app.info', {}, { origin: 'http://evil.example' })).status).toBe(403)
    expect((await call('app.info', {}, { host: 'evil.example' })).status).toBe(421)
  })

  test('have at most 1 MiB', async () => {
    const answer = await call('contacts.add', JSON.stringify({ address: bob, note: 'x'.repeat(1024 * 1024) }))
    expect([answer.status, answer.text]).toEqual([413, expect.stringContaining('too_large')])
    expect((await call('app.info', {})).status).toBe(200)
  })

  test('a cookie is no token, and a token no cookie', async () => {
    const cookie = await enter()
    expect((await raw('/call/app.info', { cookie }, 'POST')).status).toBe(401)
    expect((await raw('/', { authorization: `Bearer ${at.token}` })).status).toBe(401)
  })
})

describe('events over HTTP', () => {
  test('arrive as server-sent events; the list of listeners is bounded and is left on close', async () => {
    const headers = { authorization: `Bearer ${at.token}` }
    const stop = new AbortController()
    const streams = []
    for (let count = 0; count < 16; count++)
      streams.push(await fetch(`${at.api}/events`, { headers, signal: stop.signal }))
    expect((await fetch(`${at.api}/events`, { headers })).status).toBe(429)
    expect((await fetch(`${at.api}/events`)).status).toBe(401)
    const reader = streams[0]?.body?.pipeThrough(new TextDecoderStream()).getReader()
    app.emit('presence', { address: bob, online: true })
    let text = ''
    while (!text.includes('\n\n', 15)) text += (await reader?.read())?.value ?? ''
    expect(text).toBe(`: connected\n\ndata: {"event":"presence","payload":{"address":"${bob}","online":true}}\n\n`)
    stop.abort()
    await expect.poll(async () => (await fetch(`${at.api}/events`, { headers })).status).toBe(200)
  })

  test('a reader that does not keep up is cut off', async () => {
    const { port } = new URL(at.api)
    const headers = { authorization: `Bearer ${at.token}` }
    const request = httpRequest({ host: '127.0.0.1', port, path: '/events', headers }).end()
    const [answer] = (await once(request, 'response')) as [IncomingMessage]
    const closed = new Promise((resolve) => answer.on('error', resolve).on('close', resolve))
    const url = 'x'.repeat(1024 * 1024)
    for (let count = 0; count < 20; count++)
      app.emit('network', { ledger: { url, network: 'local', state: 'unknown' }, links: [], peers: [] })
    answer.resume()
    await closed
  })
})

describe('the window socket', () => {
  const opens = async (headers: Record<string, string>, path = '/rpc') => {
    const socket = new WebSocket(`${at.api.replace('http', 'ws')}${path}`, { headers })
    const outcome = await Promise.race([
      once(socket, 'open').then(() => true),
      new Promise<boolean>((resolve) => socket.on('error', () => resolve(false))),
    ])
    socket.terminate()
    return outcome
  }

  test('needs cookie, own origin, own host and the one path', async () => {
    const cookie = await enter()
    const origin = at.api
    expect(await opens({ cookie, origin })).toBe(true)
    expect(await opens({ origin })).toBe(false)
    expect(await opens({ cookie })).toBe(false)
    expect(await opens({ cookie, origin: 'http://evil.example' })).toBe(false)
    expect(await opens({ cookie, origin: 'null' })).toBe(false)
    expect(await opens({ cookie, origin, host: 'evil.example' })).toBe(false)
    expect(await opens({ cookie, origin }, '/other')).toBe(false)
    expect(await opens({ cookie: cookie.replace(/=.*/, '=x'), origin })).toBe(false)
  })

  test('is closed on text', async () => {
    const socket = new WebSocket(`${at.api.replace('http', 'ws')}/rpc`, {
      origin: at.api,
      headers: { cookie: await enter() },
    })
    await once(socket, 'open')
    socket.send('{"t":"q"}')
    expect(await once(socket, 'close')).toMatchObject([1003, expect.anything()])
  })
})

describe('start and stop', () => {
  test('listens on loopback only', async () => {
    for (const listen of ['0.0.0.0:0', '192.168.1.1:0', '[::]:0', 'example.org:0', '127.0.0.1', '127.0.0.1:70000']) {
      const refused = createHeadlessHost({ app, rendererDir, listen, log: silentLog })
      await expect(refused.start()).rejects.toMatchObject({ code: 'invalid_params' })
    }
  })

  test('says so where the port is taken', async () => {
    const second = createHeadlessHost({ app, rendererDir, listen: new URL(at.api).host, log: silentLog })
    await expect(second.start()).rejects.toMatchObject({ code: 'conflict' })
    await second.stop()
  })

  test('stop ends every client and leaves no listener', async () => {
    const headers = { authorization: `Bearer ${at.token}` }
    const stream = await fetch(`${at.api}/events`, { headers })
    const ended = stream.text().catch(() => 'cut')
    await host.stop()
    expect(await ended).toBeTruthy()
    expect(app.listeners()).toBe(0)
    await expect(fetch(at.api)).rejects.toThrow()
  })
})
