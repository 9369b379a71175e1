import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jetstreamManager } from '@nats-io/jetstream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Log, silentLog } from '../../../base/index.ts'
import { hasNats, startNats, type TestNats } from '../../../testing/nats.ts'
import { waitFor } from '../../../testing/testnet-nodes.ts'
import { mail } from '../testing/facts.ts'
import { clusteredOptions } from '../testing/clustered-world.ts'
import { envelopes, merge } from '../testing/world.ts'
import { type ClusteredState, createClusteredState } from './clustered.ts'
import { connectCluster } from './connect.ts'
import type { ClusteredStateOptions } from './options.ts'

describe.skipIf(!hasNats)('copies of a state in a cluster', () => {
  let folder: string
  const closing: (() => Promise<unknown>)[] = []
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'parley-health-'))))
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
    await rm(folder, { recursive: true, force: true })
  })

  async function cluster(count: number, first = count): Promise<TestNats> {
    const nats = await startNats(count, first)
    closing.push(() => nats.stop())
    return nats
  }
  async function open(nats: TestNats, change: Partial<ClusteredStateOptions> = {}): Promise<ClusteredState> {
    const state = createClusteredState({ ...clusteredOptions({ urls: nats.urls, folder }, 'copies', 0), ...change })
    closing.push(() => state.stop())
    await state.start()
    return state
  }
  async function copiesOf(nats: TestNats, stream: string): Promise<number> {
    const connection = await connectCluster({ servers: nats.urls })
    const { config } = await (await jetstreamManager(connection, { checkAPI: false })).streams.info(stream)
    await connection.close()
    return config.num_replicas
  }

  it('are three unless told: a single server is refused in words, and taken where one copy is asked for', async () => {
    const nats = await cluster(1)
    await expect(open(nats, { serversMs: 300 })).rejects.toMatchObject({
      code: 'not_supported',
      message: expect.stringContaining('too few servers to keep 3 copies') as string,
    })
    const before = Date.now()
    const state = await open(nats, { replicas: 1 })
    await merge(state, [mail()])
    expect(state.health()?.since).toBeGreaterThanOrEqual(before)
    expect(state.health()).toMatchObject({ state: 'connected', replicas: { wanted: 1, current: 1 } })
    await state.stop()
    // It began with one copy, and is refused all the same.
    await expect(open(nats, { serversMs: 300 })).rejects.toMatchObject({ code: 'not_supported' })
  }, 30_000)

  it('are raised with all that is in them, and a start waits for the servers that this needs', async () => {
    const nats = await cluster(3, 2)
    const one = await open(nats, { replicas: 1, snapshotEvery: 1 })
    const first = mail()
    await merge(one, [first])
    await merge(one, [mail()])
    await expect.poll(() => copiesOf(nats, 'OBJ_copies-snapshots').catch(() => 0)).toBe(1)
    await one.stop()
    const lines: string[] = []
    const log = { ...silentLog, warn: (_of: object, line: string) => void lines.push(line) } as Log
    const starting = open(nats, { log })
    await waitFor(() => lines.includes('waiting for the NATS cluster'))
    await nats.revive(2)
    const three = await starting
    expect([await copiesOf(nats, 'copies'), await copiesOf(nats, 'OBJ_copies-snapshots')]).toEqual([3, 3])
    expect(envelopes(three)).toHaveLength(2)
    expect(envelopes(three)).toContain(first.envelopeId)
    await waitFor(() => three.health()?.replicas.current === 3, 15_000)
  }, 60_000)

  it('are counted while one is missing, and a cluster without a majority is away until it is back', async () => {
    const nats = await cluster(3)
    const lines: string[] = []
    const log = { ...silentLog, warn: (_of: object, line: string) => void lines.push(line) } as Log
    const state = await open(nats, { log, answerMs: 1_000 })
    await waitFor(() => state.health()?.replicas.current === 3, 15_000)
    await nats.kill(0)
    await waitFor(() => state.health()?.replicas.current === 2 && state.health()?.state === 'connected', 20_000)
    expect(lines).toContain('the NATS cluster keeps fewer copies of the state than wanted')
    await nats.kill(1)
    await expect(merge(state, [mail()])).rejects.toMatchObject({ code: 'offline', retryAfter: 1_000 })
    const killed = Date.now()
    await waitFor(() => state.health()?.state === 'away', 20_000)
    expect(Math.abs((state.health()?.since ?? 0) - killed)).toBeLessThan(60_000)
    expect(lines).toContain('the NATS cluster is away: nothing can be stored')
    await Promise.all([nats.revive(0), nats.revive(1)])
    await waitFor(() => state.health()?.state === 'connected', 20_000)
    expect(lines).toContain('the NATS cluster is back')
    const stored = mail()
    await merge(state, [stored])
    expect(envelopes(state)).toContain(stored.envelopeId)
  }, 90_000)
})
