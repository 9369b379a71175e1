import { Server } from 'node:net'
import { afterEach, expect, it, vi } from 'vitest'
import { silentLog } from '../../base/index.ts'
import type { S2Status } from '../../overlay/index.ts'
import { createTestNode } from '../../testing/testnet-nodes.ts'
import { type OperatorServer, startOperatorServer } from './operator-server.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** A node's status, with what is told of its cluster. */
async function serve(change: () => Partial<S2Status>): Promise<OperatorServer> {
  const node = createTestNode()
  await node.start()
  closing.push(() => node.stop())
  const status = () => ({ ...node.status(), ...change() })
  const server = await startOperatorServer({ host: '127.0.0.1', port: 0 }, status, silentLog)
  closing.push(() => server.stop())
  return server
}

it('says 503 while the cluster is away, and shows its copies', async () => {
  let cluster: NonNullable<S2Status['cluster']> = { state: 'connected', since: 1, replicas: { wanted: 3, current: 2 } }
  const { url } = await serve(() => ({ cluster }))
  const health = await fetch(`${url}/health`)
  expect([health.status, await health.json()]).toMatchObject([200, { state: 'ready', cluster }])
  const text = await (await fetch(`${url}/metrics`)).text()
  for (const line of [
    'parley_s2_cluster_connected 1',
    'parley_s2_cluster_replicas 2',
    'parley_s2_cluster_replicas_wanted 3',
  ])
    expect(text).toContain(line)
  cluster = { state: 'away', since: 2, replicas: { wanted: 3, current: 0 } }
  const away = await fetch(`${url}/health`)
  expect([away.status, await away.json()]).toMatchObject([503, { state: 'cluster_away', cluster }])
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('parley_s2_cluster_connected 0')
})

it('answers 500 where the node cannot tell how it is, and goes on', async () => {
  let isBroken = true
  const { url } = await serve(() => {
    if (isBroken) throw new Error('a damaged file')
    return {}
  })
  const asked = ['/health', '/metrics'].map(async (path) => (await fetch(url + path)).status)
  expect(await Promise.all(asked)).toEqual([500, 500])
  isBroken = false
  expect((await fetch(`${url}/health`)).status).toBe(200)
})

it('goes on after errors of its server', async () => {
  const listen = vi.spyOn(Server.prototype, 'listen')
  const { url } = await serve(() => ({}))
  const server = listen.mock.contexts.at(-1) as Server
  listen.mockRestore()
  for (const code of ['EMFILE', 'EMFILE']) server.emit('error', Object.assign(new Error(code), { code }))
  expect((await fetch(`${url}/live`)).status).toBe(200)
})

it('tells nothing of a cluster where there is none', async () => {
  const { url } = await serve(() => ({}))
  expect(await (await fetch(`${url}/health`)).json()).not.toHaveProperty('cluster')
  expect(await (await fetch(`${url}/metrics`)).text()).not.toMatch(/^parley_s2_cluster_connected/m)
})

it('stays at 200 without its ledger once it serves, and says 503 while it has not met its ledger', async () => {
  let change: Partial<S2Status> = { ledger: 'unreachable' }
  const { url } = await serve(() => change)
  const degraded = await fetch(`${url}/health`)
  expect([degraded.status, await degraded.json()]).toMatchObject([200, { state: 'ready', ledger: 'unreachable' }])
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('parley_s2_ledger_reachable 0')
  change = { ledger: 'unreachable', chain: undefined }
  const never = await fetch(`${url}/health`)
  expect([never.status, await never.json()]).toMatchObject([
    503,
    { state: 'ledger_unreachable', ledger: 'unreachable' },
  ])
})
