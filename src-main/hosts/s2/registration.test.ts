import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, chown, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../base/index.ts'
import { createDevnet, createIotaLedger, type Devnet, type Ledger } from '../../ledger/index.ts'
import { waitFor } from '../../testing/testnet-nodes.ts'
import { runCli } from '../cli/cli.ts'
import { partPath } from '../runtime/index.ts'

const EPOCH_MS = 1_500
let folder: string
let devnet: Devnet
let ledger: Ledger
let url: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-registration-'))
  devnet = createDevnet({ port: 0, listen: '127.0.0.1', clock: systemClock, log: silentLog, epochMs: EPOCH_MS })
  url = (await devnet.start()).rpc
  ledger = createIotaLedger({ url, clock: systemClock, log: silentLog })
})
afterAll(async () => {
  ledger.close()
  await devnet.stop()
  await rm(folder, { recursive: true, force: true })
})

interface Line {
  [name: string]: unknown
}

/** `parley …` in this process: what it printed, and its exit code. */
async function parley(...args: string[]): Promise<{ code: number; line: Line; said: string }> {
  const printed: string[] = []
  const said: string[] = []
  const code = await runCli(args, {
    env: {},
    print: (line) => printed.push(line),
    say: (line) => said.push(line),
    signal: new AbortController().signal,
    interactive: false,
  })
  return { code, line: JSON.parse(printed[0] ?? '{}') as Line, said: said.join('\n') }
}

/** `parley s2 --register` as a process of its own. */
async function startNode(
  data: string,
  ledgerUrl: string,
  ...more: string[]
): Promise<{ child: ChildProcess; ready: Line }> {
  const args = [partPath('cli'), 's2', '--ledger', ledgerUrl, '--data', data, '--register', ...more]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  const ready = await new Promise<Line>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`ended with ${code}`)))
    createInterface(child.stdout as NodeJS.ReadableStream).once('line', (line) => resolve(JSON.parse(line) as Line))
  })
  return { child, ready }
}

/** `parley …` as a process of its own. */
async function run(...args: string[]): Promise<{ action: string; code: number | null; said: string }> {
  const child = spawn(process.execPath, [partPath('cli'), ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  // A busy machine may need the second after which a command says what it waits for.
  return { action: args[1] ?? '', code, said: said.replace(/^Waiting for the ledger.*\n/, '') }
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  await ended
}

/** Between a node and its ledger: swallows what is submitted, or lets it through. */
async function startGate(): Promise<{ url: string; swallowed: () => number; open: boolean; server: Server }> {
  let swallowed = 0
  const gate = { open: false }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      if (!gate.open && body.includes('iota_executeTransactionBlock')) return void swallowed++
      const target = new URL(request.url ?? '/', url)
      const method = request.method ?? 'GET'
      const headers = { 'content-type': 'application/json' }
      fetch(target, { method, headers, ...(method === 'POST' && { body }) }).then(
        async (answer) => response.writeHead(answer.status).end(await answer.text()),
        () => response.destroy(),
      )
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return Object.assign(gate, { url: at, swallowed: () => swallowed, server })
}

async function recordsOf(nodeId: unknown): Promise<number> {
  const registry = await ledger.registry()
  const page = await registry?.events({ order: 'newest', limit: 50 })
  const records = await registry?.records(page?.events.map(({ object }) => object) ?? [])
  return records?.filter(({ nodeKey }) => nodeKey === nodeId).length ?? 0
}

it('killed between signing and landing, a node registers once', async () => {
  const gate = await startGate()
  const data = join(folder, 'killed')
  const first = await startNode(data, gate.url)
  await waitFor(() => gate.swallowed() > 0, 10_000)
  await end(first.child, 'SIGKILL')
  expect(await recordsOf(first.ready['nodeId'])).toBe(0)
  gate.open = true
  const second = await startNode(data, gate.url)
  expect(second.ready).toMatchObject({ nodeId: first.ready['nodeId'], account: first.ready['account'] })
  await expect.poll(() => recordsOf(first.ready['nodeId'])).toBe(1)
  // Over some renewals there is still one.
  await new Promise((resolve) => setTimeout(resolve, 2 * EPOCH_MS))
  expect(await recordsOf(first.ready['nodeId'])).toBe(1)
  await end(second.child, 'SIGTERM')
  gate.server.closeAllConnections()
  await new Promise((resolve) => gate.server.close(resolve))
}, 40_000)

it('an operator sees how the node stands, leaves, waits, and takes the stake to another address', async () => {
  const data = join(folder, 'desk')
  const { child, ready } = await startNode(data, url, '--metrics', '127.0.0.1:0')
  const desk = (action: string, ...more: string[]) => parley('s2', action, '--data', data, '--ledger', url, ...more)
  await expect.poll(async () => (await desk('status')).line['state']).toBe('live')
  expect((await desk('status')).line).toMatchObject({
    node: ready['nodeId'],
    account: ready['account'],
    stake: '1000000000',
    endpoints: [String(ready['endpoint']).split('#')[0]],
    prices: { relayedMb: '0', storedMbDay: '0', forwardedTransaction: '0' },
  })
  expect(await (await fetch(`${String(ready['metrics'])}/health`)).json()).toMatchObject({ registration: 'live' })
  const early = await desk('withdraw')
  expect(early).toMatchObject({ code: 1 })
  expect(early.said).toContain('parley s2 leave')
  const { line } = await desk('leave')
  expect(line).toMatchObject({ left: true, freeFrom: expect.stringMatching(/^\d+$/) as string })
  expect((await desk('withdraw')).said).toContain(`from epoch ${String(line['freeFrom'])} on`)
  await expect.poll(async () => (await ledger.epoch()).epoch >= BigInt(String(line['freeFrom']))).toBe(true)
  const to = `0x${'1'.repeat(64)}`
  expect((await desk('withdraw', '--to', to)).line).toMatchObject({ withdrawn: true, to })
  expect(await ledger.balance(to)).toBeGreaterThan(1_000_000_000n)
  expect((await desk('status')).line).toMatchObject({ state: 'none', balance: '0' })
  const health = async () =>
    (await (await fetch(`${String(ready['metrics'])}/health`)).json()) as { registration: string }
  await expect.poll(async () => (await health()).registration).toBe('none')
  expect((await desk('withdraw', '--to', to)).line).toEqual({ withdrawn: false, nanos: '0', to })
  expect((await desk('withdraw')).said).toContain('not registered')
  expect((await desk('status', '--record', to)).said).toContain('--record belongs to')
  await end(child, 'SIGTERM')
}, 40_000)

it.each([
  ['zzz', 2, 'given by its id'],
  ['0x77', 1, 'no package'],
])('a node is not started with the registry of what is no package (%s)', async (id, code, words) => {
  const ended = await parley('s2', '--ledger', url, '--package', id)
  expect(ended.code).toBe(code)
  expect(ended.said).toContain(words)
})

it('a command takes folder and ledger from the configuration of the node', async () => {
  const config = join(folder, 's2.json')
  const data = join(folder, 'configured')
  await writeFile(config, JSON.stringify({ ledger: url, data, listen: '127.0.0.1:0', register: true, peer: [] }))
  const { child } = await startNode(data, url, '--price-relay', '1000')
  const status = () => parley('s2', 'status', '--config', config)
  await expect.poll(async () => (await status()).line['state']).toBe('live')
  const rewards = await parley('s2', 'rewards', '--config', config)
  expect(rewards).toMatchObject({ code: 0, line: { open: '0' } })
  expect((await parley('s2', 'leave', `--config=${config}`)).line).toMatchObject({ left: true })
  await end(child, 'SIGTERM')
}, 30_000)

const NOBODY = 65_534
const isRoot = process.getuid?.() === 0

it.runIf(isRoot)(
  'a command of root works on the folder as its owner, and leaves nothing that the node cannot read',
  async () => {
    const data = join(folder, 'service')
    const { child } = await startNode(data, url, '--price-relay', '1000')
    await expect
      .poll(async () => (await parley('s2', 'status', '--data', data, '--ledger', url)).line['state'])
      .toBe('live')
    await end(child, 'SIGTERM')
    await chmod(folder, 0o755)
    for (const name of ['.', ...(await readdir(data))]) await chown(join(data, name), NOBODY, NOBODY)
    // What the command makes itself.
    await rm(join(data, 'operator.lock'), { force: true })
    for (const action of ['leave', 'rewards']) {
      const ended = await run('s2', action, '--data', data, '--ledger', url)
      expect(ended).toEqual({ action, code: 0, said: '' })
    }
    const owners = await Promise.all(
      (await readdir(data)).map(async (name) => [name, (await stat(join(data, name))).uid]),
    )
    expect(owners).toEqual(owners.map(([name]) => [name, NOBODY]))
    expect(owners.map(([name]) => name)).toContain('operator.lock')
    // As the folder of a systemd service with a user of its own: nobody but root comes through what stands above it.
    await chmod(folder, 0o700)
    const shut = await run('s2', 'status', '--data', data, '--ledger', url)
    expect(shut).toMatchObject({ code: 1, said: expect.stringContaining('systemd-run') as string })
  },
  60_000,
)

it.each([
  [['s2', 'stay', '--data', 'x', '--ledger', 'http://127.0.0.1:1'], 'none of leave, withdraw, status'],
  [['s2', 'leave', '--ledger', 'http://127.0.0.1:1'], '--data is missing'],
  [['s2', 'leave', '--data', 'x', '--ledger', 'http://127.0.0.1:1', '--to', `0x${'1'.repeat(64)}`], '--to belongs to'],
  [['s2', 'withdraw', '--data', 'x', '--ledger', 'nonsense'], 'A ledger is given as'],
  [['s2', '--register', '--ledger', 'http://127.0.0.1:1'], 'add --data DIR'],
  [['s2', '--register', '--data', 'x', '--package', 'none', '--ledger', 'http://127.0.0.1:1'], 'without a registry'],
])('refuses %j with one clear line', async (args, words) => {
  const { code, said } = await parley(...args)
  expect(said).toContain(words)
  expect(code).toBe(2)
})

it('a folder that never registered a node has nothing to leave', async () => {
  const { code, said } = await parley('s2', 'status', '--data', join(folder, 'empty'), '--ledger', url)
  expect({ code, said }).toEqual({ code: 1, said: expect.stringContaining('No node was registered') as string })
})
