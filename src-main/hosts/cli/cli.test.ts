import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { silentLog } from '../../base/index.ts'
import { createHeadlessHost } from '../headless/index.ts'
import { defaultProfile, partPath, resolveNetwork } from '../runtime/index.ts'
import { alice, createStandInApp } from '../testing/index.ts'
import { runCli } from './cli.ts'
import type { CommandIo } from './command.ts'

let folder: string
const children: ChildProcess[] = []
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'parley-cli-'))))
afterAll(() => rm(folder, { recursive: true }))
afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')))

/** Runs a command in this process. */
async function run(...args: string[]) {
  const out: string[] = []
  const said: string[] = []
  const io: CommandIo = {
    env: {},
    print: (line) => void out.push(line),
    say: (line) => void said.push(line),
    signal: AbortSignal.timeout(20_000),
    interactive: false,
  }
  return { code: await runCli(args, io), out, said }
}

/** Starts a command as a process and waits for its ready line. */
async function start(...args: string[]) {
  const env = { ...process.env, PARLEY_PASSPHRASE: 'a test passphrase' }
  const child = spawn(process.execPath, [partPath('cli'), ...args], { stdio: ['ignore', 'pipe', 'pipe'], env })
  children.push(child)
  let log = ''
  child.stderr.on('data', (part) => (log += part))
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve))
  const line = new Promise<string>((resolve) => createInterface(child.stdout).once('line', resolve))
  const first = await Promise.race([line, ended.then(() => '')])
  if (!first) throw new Error(`${args[0]} ended early: ${log}`)
  const stop = (signal: NodeJS.Signals) => (child.kill(signal), ended)
  return { ready: JSON.parse(first) as Record<string, string>, stop }
}

describe('bad arguments exit 2 with one clear line', () => {
  const node = `wss://127.0.0.1:1#${'a'.repeat(64)}`
  test.each([
    [[], 'a command is missing'],
    [['nonsense'], '“nonsense” is not a command'],
    [['__proto__'], 'is not a command'],
    [['daemon'], '--profile is missing'],
    [['daemon', '--profile', 'x'], '--ledger is missing'],
    [['daemon', '--profile', 'x', '--ledger', 'nonsense'], 'A ledger is given as'],
    [['daemon', '--profile', 'x', '--ledger', 'http://h', '--s2', 'wss://h'], 'wss://'],
    [['daemon', '--profile', 'x', '--ledger', 'http://h', '--s2', node, '--api', '0.0.0.0:1'], 'on this machine only'],
    [['daemon', '--profile', 'x', '--ledger', 'http://h', '--keystore', 'paper'], 'keychain, vault or memory'],
    [['daemon', '--what'], '--what'],
    [['daemon', 'extra'], '“extra”'],
    [['call'], 'METHOD is missing'],
    [['call', 'app.info', '{'], 'not JSON'],
    [['call', 'app.info', '--api', 'ftp://x', '--token', 't'], '--api is given as'],
    [['devnet', '--port', '70000'], '--port'],
    [['devnet', '--epoch-ms', '5'], '--epoch-ms'],
    [['devnet', '--verify'], '--data'],
    [['s2'], '--ledger is missing'],
    [['demo', '--what'], '--what'],
  ])('%j', async (args, words) => {
    const { code, out, said } = await run(...args)
    expect([code, out, said.length]).toEqual([2, [], 1])
    expect(said[0]).toContain(words)
    expect(said[0]).not.toContain('\n')
  })

  test('help exits 0', async () => {
    expect((await run('--help')).code).toBe(0)
    expect((await run('daemon', '--help')).out[0]).toContain('parley daemon --profile DIR')
  })
})

describe('call', () => {
  test('prints the result; a refusal exits 1 with its sentence and code', async () => {
    const host = createHeadlessHost({
      app: createStandInApp(),
      rendererDir: folder,
      listen: '127.0.0.1:0',
      log: silentLog,
    })
    const { api, token } = await host.start()
    const good = await run('call', 'wallet.balance', '{}', '--api', api, '--token', token)
    expect([good.code, JSON.parse(good.out[0] ?? '')]).toEqual([0, { address: alice, nanos: '12345678901234567890' }])
    const refused = await run('call', 'identity.get', '--api', api, '--token', token)
    expect(refused).toEqual({ code: 1, out: [], said: ['parley call: There is no identity yet. [no_identity]'] })
    expect((await run('call', 'app.info', '--api', api, '--token', 'x')).said[0]).toContain('[unauthorized]')
    await host.stop()
    expect((await run('call', 'app.info', '--api', api, '--token', token)).said[0]).toContain('[offline]')
  })

  test('says so when something else answers', async () => {
    const server = createServer((_request, response) => response.end('{"hello":1}'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    const { said } = await run('call', 'app.info', '--api', `http://127.0.0.1:${port}`, '--token', 't')
    expect(said[0]).toContain('[unsupported_version]')
    server.close()
    server.closeAllConnections()
  })
})

describe('as processes', () => {
  test('devnet, s2 and daemon get ready, answer, stop cleanly on SIGTERM and SIGINT', async () => {
    const ledger = await start('devnet', '--port', '0', '--data', join(folder, 'ledger'))
    expect(ledger.ready).toMatchObject({ ready: true, rpc: expect.stringMatching(/^http:/) as string })
    const rpc = ledger.ready['rpc'] ?? ''
    const node = await start('s2', '--ledger', rpc, '--data', join(folder, 'node'))
    expect(node.ready['endpoint']).toMatch(/^wss:\/\/127\.0\.0\.1:\d+#[0-9a-f]{64}$/)
    const where = ['--profile', join(folder, 'alice'), '--ledger', rpc, '--s2', node.ready['endpoint'] ?? '']
    const daemon = await start('daemon', ...where, '--keystore', 'vault')
    const { api = '', token = '', url = '' } = daemon.ready
    expect(url.startsWith(`${api}/?t=`)).toBe(true)
    const call = (method: string, params: string) => run('call', method, params, '--api', api, '--token', token)
    const created = await call('identity.create', '{"name":"Alice","passphrase":"a test passphrase"}')
    expect(JSON.parse(created.out[0] ?? '')).toMatchObject({ address: expect.stringMatching(/^0x/) as string })
    await call('wallet.faucet', '{}')
    expect(
      BigInt((JSON.parse((await call('wallet.balance', '{}')).out[0] ?? '') as { nanos: string }).nanos),
    ).toBeGreaterThan(0n)
    expect(await daemon.stop('SIGTERM')).toBe(0)
    const again = await start('daemon', ...where, '--keystore', 'vault')
    expect(await again.stop('SIGINT')).toBe(0)
    expect(await node.stop('SIGINT')).toBe(0)
    expect(await ledger.stop('SIGTERM')).toBe(0)
    const { code, out } = await run('devnet', '--verify', '--data', join(folder, 'ledger'))
    expect(code).toBe(0)
    expect(JSON.parse(out[0] ?? '')).toMatchObject({ verified: true, transactions: 1, chain: ledger.ready['chain'] })
  })
})

describe("the user's own profile", () => {
  test('stands where the platform keeps such things', () => {
    expect(defaultProfile('linux', {}, '/home/a')).toBe('/home/a/.config/Parley')
    expect(defaultProfile('linux', { XDG_CONFIG_HOME: '/x' }, '/home/a')).toBe('/x/Parley')
    expect(defaultProfile('linux', { XDG_CONFIG_HOME: 'relative' }, '/home/a')).toBe('/home/a/.config/Parley')
    expect(defaultProfile('darwin', {}, '/Users/a')).toBe('/Users/a/Library/Application Support/Parley')
    expect(defaultProfile('win32', { APPDATA: '/r' }, '/a')).toBe('/r/Parley')
  })

  test('remembers the network that was chosen', async () => {
    const profile = join(folder, 'own')
    const node = `wss://127.0.0.1:7000#${'ab'.repeat(32)}`
    expect(await resolveNetwork(profile, undefined, [])).toEqual({ ledgerUrl: 'http://127.0.0.1:9000', nodes: [] })
    await resolveNetwork(profile, 'http://127.0.0.1:9123', [node])
    const nodes = [{ endpoints: ['wss://127.0.0.1:7000'], fingerprint: 'ab'.repeat(32) }]
    expect(await resolveNetwork(profile, undefined, [])).toEqual({ ledgerUrl: 'http://127.0.0.1:9123', nodes })
    await expect(resolveNetwork(profile, 'file:///x', [])).rejects.toMatchObject({ code: 'invalid_params' })
  })
})
