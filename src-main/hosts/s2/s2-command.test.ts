import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../base/index.ts'
import { createDevnet, type Devnet } from '../../ledger/index.ts'
import { hasNats, startNats } from '../../testing/nats.ts'
import { waitFor } from '../../testing/testnet-nodes.ts'
import { runS2, type S2Args } from './s2-command.ts'

let folder: string
let devnet: Devnet
let ledger: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-s2-'))
  devnet = createDevnet({
    dataDir: join(folder, 'ledger'),
    port: 0,
    listen: '127.0.0.1',
    clock: systemClock,
    log: silentLog,
  })
  ledger = (await devnet.start()).rpc
})
afterAll(async () => {
  await devnet.stop()
  await rm(folder, { recursive: true, force: true })
})

async function run(data: string, peers: string[] = [], where: Partial<S2Args> = {}) {
  const stop = new AbortController()
  const lines: string[] = []
  const io = { print: (line: string) => lines.push(line), signal: stop.signal, log: silentLog }
  const code = runS2({ ledger, listen: '127.0.0.1:0', data: join(folder, data), peers, ...where }, io)
  await waitFor(() => lines.length === 1)
  return { ready: JSON.parse(lines[0] ?? '') as Record<string, unknown>, stop: () => (stop.abort(), code) }
}

describe('parley s2', () => {
  it('prints the ready line, links to a peer, keeps its identity, and answers 0 when it is stopped', async () => {
    const first = await run('one')
    expect(first.ready).toEqual({
      ready: true,
      endpoint: expect.stringMatching(/^wss:\/\/127\.0\.0\.1:\d+#[0-9a-f]{64}$/),
      nodeId: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    const second = await run('two', [String(first.ready['endpoint'])])
    expect(await second.stop()).toBe(0)
    expect(await first.stop()).toBe(0)
    const again = await run('one')
    expect(again.ready['nodeId']).toBe(first.ready['nodeId'])
    expect(await again.stop()).toBe(0)
  })

  it('on every address of the machine, tells others the host that it was given', async () => {
    const node = await run('public', [], { listen: '0.0.0.0:0', publicHost: 'node.example.org' })
    expect(node.ready['endpoint']).toMatch(/^wss:\/\/node\.example\.org:\d+#/)
    expect(await node.stop()).toBe(0)
  })

  it('tells an operator how it does, and names nobody', async () => {
    const node = await run('watched', [], { metrics: '127.0.0.1:0' })
    const url = String(node.ready['metrics'])
    const health = await fetch(`${url}/health`)
    expect(health.status).toBe(200)
    expect(await health.json()).toMatchObject({ state: 'ready', links: { devices: 0, nodes: 0 }, nodes: 1 })
    const text = await (await fetch(`${url}/metrics`)).text()
    for (const line of [
      'parley_s2_ledger_reachable 1',
      'parley_s2_map_share 1',
      'parley_s2_sends_total{result="queued"} 0',
      'parley_s2_turned_away_total{limit="network"} 0',
      'parley_s2_held_back_total{from="node"} 0',
      'parley_s2_replicating 0',
    ])
      expect(text).toContain(line)
    expect((await fetch(url, { method: 'POST' })).status).toBe(405)
    expect((await fetch(`${url}/other`)).status).toBe(404)
    expect(await node.stop()).toBe(0)
    await expect(fetch(`${url}/health`)).rejects.toThrow()
  })

  it.skipIf(!hasNats)('serves as two processes of one node over a cluster', async () => {
    const nats = await startNats(1)
    const shared = { nats: nats.urls, natsName: 'command', natsReplicas: '1' }
    const first = await run('north', [], shared)
    const identity = join(folder, 'north', 'node.json')
    const second = await run('south', [], { ...shared, identity })
    expect(second.ready['nodeId']).toBe(first.ready['nodeId'])
    const io = { print: () => {}, signal: new AbortController().signal, log: silentLog }
    const other = { ledger, listen: '127.0.0.1:0', data: join(folder, 'west'), peers: [], ...shared }
    const message = expect.stringContaining('--identity') as string
    await expect(runS2(other, io)).rejects.toMatchObject({ code: 'conflict', message })
    expect(await second.stop()).toBe(0)
    expect(await first.stop()).toBe(0)
    await nats.stop()
  })

  it.each([
    { ledger: 'nonsense', listen: '127.0.0.1:0', peers: [] },
    { ledger: 'http://127.0.0.1:1', listen: '127.0.0.1', peers: [] },
    { ledger: 'http://127.0.0.1:1', listen: '0.0.0.0:0', peers: [] },
    { ledger: 'http://127.0.0.1:1', listen: '[::]:0', peers: [] },
    { ledger: 'http://127.0.0.1:1', listen: '0.0.0.0:0', publicHost: '0.0.0.0', peers: [] },
    { ledger: 'http://127.0.0.1:1', listen: '0.0.0.0:0', publicHost: 'node.example.org:7400', peers: [] },
    { ledger: 'http://127.0.0.1:1', listen: '127.0.0.1:70000', peers: [] },
    { ledger: 'http://127.0.0.1:1', listen: '127.0.0.1:0', peers: [], metrics: 'everywhere' },
    { ledger: 'http://127.0.0.1:1', listen: '127.0.0.1:0', peers: [], clockOffsetMs: '86400001' },
    { ledger: 'http://127.0.0.1:1', listen: '127.0.0.1:0', peers: [], clockOffsetMs: 'soon' },
    { ledger: 'http://127.0.0.1:1', listen: '127.0.0.1:0', peers: ['wss://127.0.0.1:1'] },
  ])('refuses bad arguments: %o', async (args) => {
    const io = { print: () => {}, signal: new AbortController().signal, log: silentLog }
    await expect(runS2(args, io)).rejects.toMatchObject({ code: 'invalid_params' })
  })
})
