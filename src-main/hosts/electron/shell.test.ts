import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { silentLog } from '../../base/index.ts'
import type { AppOptions } from '../../app/index.ts'
import { encodeMessage, ParleyError } from '../../contract/index.ts'
import * as fake from '../testing/fake-electron.ts'
import { createStandInApp } from '../testing/index.ts'
import { readVersion } from '../runtime/index.ts'
import { runShell } from './shell.ts'

vi.mock('electron', () => import('../testing/fake-electron.ts'))

const page = 'parley-app://window'
let profile: string
let app: ReturnType<typeof createStandInApp>
let given: AppOptions | undefined

beforeEach(async () => {
  profile = await mkdtemp(join(tmpdir(), 'parley-shell-'))
  app = createStandInApp()
  fake.record.length = 0
  fake.windows.length = 0
  fake.app.removeAllListeners()
  fake.session.defaultSession.removeAllListeners()
  fake.app.lock = true
})
afterEach(async () => {
  for (const signal of ['SIGINT', 'SIGTERM']) process.removeAllListeners(signal)
  await rm(profile, { recursive: true })
})

const spawnMlsWorker = () => {
  throw new Error('a stand-in encrypts nothing')
}

async function start(extra: Partial<Parameters<typeof runShell>[0]> = {}) {
  const createApp = async (options: AppOptions) => ((given = options), app)
  const args = ['--no-sandbox', '--profile', profile, '--ledger', 'http://127.0.0.1:1']
  await runShell({ createApp, spawnMlsWorker, args, env: {}, log: silentLog, ...extra })
  return fake.windows[0]
}

/** Runs a handler of the fake session. */
function ask(name: string, ...args: unknown[]): unknown {
  return fake.session.defaultSession.handlers[name]?.(...(args as never[]))
}

/** The decision that a handler gives to its callback. */
function decision(name: string, ...args: unknown[]): unknown {
  const answer = vi.fn()
  ask(name, ...args.map((arg) => (arg === 'answer' ? answer : arg)))
  return answer.mock.calls[0]?.[0]
}

describe('start', () => {
  test('the sandbox and the scheme come before ready, the window after', async () => {
    await start()
    expect(fake.record.slice(0, 3)).toEqual(['sandbox', 'scheme parley-app standard secure', 'ready'])
    expect(fake.record).toContain(`load ${page}/index.html`)
  })

  test('the window is isolated, sandboxed and without Node', async () => {
    const window = await start()
    expect(window?.options.webPreferences).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
      devTools: false,
    })
  })

  test('the app gets the profile and the network of the command line, and the next start remembers', async () => {
    await start()
    expect(given).toMatchObject({ profile, ledgerUrl: 'http://127.0.0.1:1', nodes: [], keystore: 'auto' })
    await start({ args: ['--profile', profile] })
    expect(given?.ledgerUrl).toBe('http://127.0.0.1:1')
  })

  test("the version is the product's, not Electron's", async () => {
    await start()
    expect(given?.version).toBe(readVersion())
    expect(given?.version).not.toBe(fake.app.getVersion())
  })

  test('the passphrase reaches the app and leaves the environment', async () => {
    const env = { PARLEY_PASSPHRASE: 'a test passphrase' }
    await start({ env })
    expect(given?.passphrase?.use()).toBe('a test passphrase')
    expect(env).toEqual({})
  })

  test('a second instance does not open the profile but brings the first forward', async () => {
    const window = await start()
    fake.app.emit('second-instance')
    expect(fake.record.slice(-2)).toEqual(['restore', 'focus'])
    fake.app.lock = false
    await start()
    expect(fake.windows).toEqual([window])
    expect(fake.record.at(-1)).toBe('quit')
  })

  test('a refusal of the app is said in words and ends the process', async () => {
    const createApp = async () => {
      throw new ParleyError('conflict', 'Parley is open already.')
    }
    await start({ createApp })
    expect(fake.record.slice(-2)).toEqual(['box Parley could not start: Parley is open already.', 'exit 1'])
  })

  test('quitting waits for the app', async () => {
    await start()
    const event = { preventDefault: vi.fn() }
    fake.app.emit('before-quit', event)
    fake.app.emit('before-quit', event)
    await expect.poll(() => fake.record.at(-1)).toBe('exit 0')
    expect(event.preventDefault).toHaveBeenCalledTimes(2)
    expect(app.stopped()).toBe(true)
    expect(fake.record.filter((line) => line === 'exit 0')).toHaveLength(1)
  })
})

describe('guards', () => {
  test('no page opens a window, embeds a webview or leaves', async () => {
    const contents = (await start())?.webContents
    expect(contents?.openHandler({ url: 'https://example.org' })).toEqual({ action: 'deny' })
    const leaves = (name: string, url: string) => {
      const event = { url, preventDefault: vi.fn() }
      contents?.emit(name, event)
      return event.preventDefault.mock.calls.length === 0
    }
    expect(leaves('will-attach-webview', page)).toBe(false)
    for (const name of ['will-navigate', 'will-redirect', 'will-frame-navigate']) {
      for (const url of ['https://example.org/', 'file:///etc/passwd', `${page}.evil/`, 'javascript:1'])
        expect(leaves(name, url)).toBe(false)
      expect(leaves(name, `${page}/index.html`)).toBe(true)
    }
  })

  test('every permission is denied but writing text to the clipboard from our page', async () => {
    await start()
    const own = { requestingUrl: `${page}/index.html` }
    for (const permission of ['media', 'geolocation', 'notifications', 'clipboard-read', 'openExternal', 'hid'])
      expect(decision('permission', null, permission, 'answer', own)).toBe(false)
    expect(decision('permission', null, 'clipboard-sanitized-write', 'answer', own)).toBe(true)
    const foreign = { requestingUrl: 'https://example.org/' }
    expect(decision('permission', null, 'clipboard-sanitized-write', 'answer', foreign)).toBe(false)
    expect(ask('check', null, 'media', page)).toBe(false)
    expect(ask('device', {})).toBe(false)
    expect(decision('display', {}, 'answer')).toEqual({})
    expect(fake.record).toContain('spellcheck false')
  })

  test('no request leaves for anything but the own files, and nothing is downloaded', async () => {
    await start()
    const cancelled = (url: string) => decision('request', { url }, 'answer')
    for (const url of ['https://example.org/', 'http://127.0.0.1:80/', 'file:///etc/passwd', 'ws://127.0.0.1:1/'])
      expect(cancelled(url)).toEqual({ cancel: true })
    for (const url of [`${page}/main.js`, `blob:${page}/1`, 'data:image/png;base64,AA'])
      expect(cancelled(url)).toEqual({ cancel: false })
    const download = { preventDefault: vi.fn() }
    fake.session.defaultSession.emit('will-download', download)
    expect(download.preventDefault).toHaveBeenCalled()
  })

  test('a page of the scheme carries the policy, and paths stay inside', async () => {
    await start()
    const get = (path: string) =>
      ask('scheme parley-app', { url: `${page}${path}`, method: 'GET' }) as Promise<Response>
    for (const path of ['/../../package.json', '/%2e%2e/%2e%2e/package.json', '/nothing.js', '/.git/config']) {
      const response = await get(path)
      expect(response.status).toBe(404)
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
    }
    const other = ask('scheme parley-app', { url: 'parley-app://other/index.html', method: 'GET' }) as Promise<Response>
    expect((await other).status).toBe(403)
  })
})

describe('messages', () => {
  const call = encodeMessage({ t: 'q', m: 'call', a: ['app.touch', {}], i: '1' })

  test('only the main frame on our own page is heard', async () => {
    const mainFrame = (await start())?.webContents.mainFrame
    fake.sendAs(null, 'parley', call)
    fake.sendAs({ url: `${page}/index.html` }, 'parley', call)
    fake.sendAs(mainFrame, 'other', call)
    fake.sendAs(mainFrame, 'parley', 'text')
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(app.touches()).toBe(0)
    if (mainFrame) mainFrame.url = 'https://example.org/'
    fake.sendAs(mainFrame, 'parley', call)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(app.touches()).toBe(0)
    if (mainFrame) mainFrame.url = `${page}/index.html`
    fake.sendAs(mainFrame, 'parley', call)
    await expect.poll(() => app.touches()).toBe(1)
  })

  test('a flood from the window is cut to a limit', async () => {
    const mainFrame = (await start())?.webContents.mainFrame
    for (let count = 0; count < 10_000; count++) fake.sendAs(mainFrame, 'parley', call)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(app.touches()).toBeLessThan(6001)
  })
})

test('the preload gives the page two functions, frozen, and nothing else', async () => {
  await import('./preload.ts')
  const parley = fake.exposed['parley'] as Record<string, (value: unknown) => void>
  expect(Object.keys(fake.exposed)).toEqual(['parley'])
  expect(Object.keys(parley).sort()).toEqual(['post', 'receive'])
  expect(Object.isFrozen(parley)).toBe(true)
  expect(() => parley['post']?.({ constructor: 1 })).toThrow(TypeError)
  expect(() => parley['receive']?.('x')).toThrow(TypeError)
})
