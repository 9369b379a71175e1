import { randomBytes } from 'node:crypto'
import { copyFileSync, existsSync, renameSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Clock, systemClock } from '../../base/index.ts'
import { hasNats, startNats, type TestNats } from '../../testing/nats.ts'
import { waitFor } from '../../testing/testnet-nodes.ts'
import { type ClusteredState, createClusteredState } from './cluster/clustered.ts'
import { type ClusteredStateOptions, SNAPSHOT_AGAIN_MS } from './cluster/options.ts'
import { encodeBatch, encodeCommand } from './cluster/codec.ts'
import { connectCluster } from './cluster/connect.ts'
import { defaultLimits } from '../limits/limits.ts'
import { clusteredOptions, level } from './testing/clustered-world.ts'
import { createEmbeddedState } from './embedded.ts'
import { allowed, BOB, device, mail, NOW, revocation } from './testing/facts.ts'
import { allChanges, digest, envelopes, merge } from './testing/world.ts'

describe.skipIf(!hasNats)('a state over NATS', () => {
  let nats: TestNats
  let folder: string
  const states: ClusteredState[] = []
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-faults-'))
    nats = await startNats(3)
  }, 30_000)
  afterEach(async () => void (await Promise.all(states.splice(0).map((state) => state.stop()))))
  afterAll(async () => {
    await nats.stop()
    await rm(folder, { recursive: true, force: true })
  })

  async function open(name: string, index: number, change: Partial<ClusteredStateOptions> = {}) {
    const state = createClusteredState({ ...clusteredOptions({ urls: nats.urls, folder }, name, index), ...change })
    await state.start()
    states.push(state)
    return state
  }
  async function leaderOf(name: string): Promise<number> {
    const connection = await connectCluster({ servers: nats.urls })
    const { cluster } = await (await jetstreamManager(connection, { checkAPI: false })).streams.info(name)
    await connection.close()
    return Number(cluster?.leader?.slice(1))
  }

  it('loses nothing that it acknowledged when the server that leads is killed under load', async () => {
    const all = await Promise.all([0, 1, 2].map((index) => open('load', index)))
    const acknowledged: string[] = []
    let running = true
    const load = all.map(async (state, index) => {
      while (running) {
        const mails = Array.from({ length: 5 }, () => mail({ sender: `0x${index}` }))
        const results = await Promise.allSettled(mails.map((one) => merge(state, [one])))
        for (const [at, result] of results.entries())
          if (result.status === 'fulfilled') acknowledged.push(mails[at]?.envelopeId ?? '')
      }
    })
    await waitFor(() => acknowledged.length > 200, 10_000)
    const leader = await leaderOf('load')
    await nats.kill(leader)
    const before = acknowledged.length
    await waitFor(() => acknowledged.length > before + 200, 20_000)
    running = false
    await Promise.all(load)
    await nats.revive(leader)
    await level(all)
    const [first, ...others] = all.map(digest)
    expect(others).toEqual([first, first])
    const found = envelopes(all[0] as ClusteredState)
    expect(acknowledged.filter((id) => !found.includes(id))).toEqual([])
    expect(new Set(found).size).toBe(found.length)
  }, 60_000)

  it('is one and the same for processes that begin it at the same moment', async () => {
    for (let round = 0; round < 6; round++) {
      const all = await Promise.all([0, 1, 2].map((index) => open(`begun${round}`, index)))
      expect(new Set(all.map(({ incarnation }) => incarnation)).size).toBe(1)
      await Promise.all(all.map((state) => state.stop()))
    }
  }, 60_000)

  it('applies a message once that the log has twice', async () => {
    const state = await open('twice', 0)
    const command = encodeCommand({
      kind: 'merge',
      command: { facts: [mail({ request: true })], now: NOW, quota: true },
    })
    const process = randomBytes(8).toString('hex')
    const message = encodeBatch({ process, number: 1, limits: defaultLimits }, [command])
    const connection = await connectCluster({ servers: nats.urls })
    const subject = `twice.log.${'ab'.repeat(32)}`
    // Another server of the cluster may hear a little later that the log is there.
    const publish = (bytes: Uint8Array) => jetstream(connection).publish(subject, bytes, { retries: 20 })
    for (const bytes of [message, message, message, new Uint8Array([1, 2, 3])]) await publish(bytes)
    await connection.close()
    await merge(state, [mail()])
    expect(state.position).toBe(5)
    expect(envelopes(state)).toHaveLength(2)
    expect(state.rows.all('SELECT number FROM giver WHERE process = ?', process)).toEqual([{ number: 1 }])
  })

  it('loads the newest snapshot where the log begins later than a process left off', async () => {
    const options = { snapshotEvery: 1_500 }
    const first = await open('late', 0, options)
    const away = await open('late', 1, options)
    await merge(away, [mail()])
    await away.stop()
    for (let index = 0; index < 3_100; index++) await first.apply('setMeta', { name: 'n', value: randomBytes(4) })
    const connection = await connectCluster({ servers: nats.urls })
    const manager = await jetstreamManager(connection, { checkAPI: false })
    await expect.poll(async () => (await manager.streams.info('late')).state.first_seq).toBeGreaterThan(1_900)
    await connection.close()
    const again = await open('late', 1, options)
    const fresh = await open('late', 2, options)
    await merge(first, [mail()])
    await level([first, again, fresh])
    expect([digest(again), digest(fresh)]).toEqual([digest(first), digest(first)])
    expect(envelopes(fresh)).toHaveLength(2)
  }, 60_000)

  it('tries a snapshot again that failed', async () => {
    const clock: Clock = {
      ...systemClock,
      after: (ms, task) => systemClock.after(ms === SNAPSHOT_AGAIN_MS ? 200 : ms, task),
    }
    const state = await open('again', 0, { snapshotEvery: 1_500, clock })
    // In the way of its file.
    const blocked = join(folder, 'again-0.db.put')
    await mkdir(join(blocked, 'full'), { recursive: true })
    for (let index = 0; index < 1_600; index++) await state.apply('setMeta', { name: 'n', value: randomBytes(4) })
    const connection = await connectCluster({ servers: nats.urls })
    const manager = await jetstreamManager(connection, { checkAPI: false })
    const begin = async () => (await manager.streams.info('again')).state.first_seq
    expect(await begin()).toBe(1)
    await rm(blocked, { recursive: true })
    await expect.poll(begin).toBeGreaterThan(1)
    await connection.close()
  }, 40_000)

  it('waits while its own disk is full, and has everything once there is room', async () => {
    const [tight, other] = [await open('disk', 0, { answerMs: 1_500 }), await open('disk', 1)]
    await merge(tight, [mail()])
    const pages = Number(tight.rows.get('PRAGMA page_count')?.['page_count'])
    tight.rows.get(`PRAGMA max_page_count = ${pages + 4}`)
    for (let index = 0; index < 5; index++) await merge(other, [mail({ bytes: randomBytes(20_000) })])
    await expect(merge(tight, [mail()])).rejects.toMatchObject({ code: 'offline' })
    expect(envelopes(other)).toHaveLength(7)
    tight.rows.get('PRAGMA max_page_count = 100000')
    await level([tight, other])
    expect(digest(tight)).toBe(digest(other))
    await merge(tight, [mail()])
  })

  it('takes over what a node kept when it was one process', async () => {
    const path = join(folder, 'node.db')
    const old = createEmbeddedState({ path, limits: defaultLimits, onError: () => {} })
    await old.start()
    const mails = Array.from({ length: 300 }, () => mail())
    await merge(old, [device(), allowed(3, ['0xa11ce']), ...mails, revocation({ device: 'b1' })])
    await old.apply('publishKeyPackages', { device: BOB.device, packages: [new Uint8Array([1]), new Uint8Array([2])] })
    await old.apply('setMeta', { name: 'chain', value: new Uint8Array([7]) })
    const before = { changes: allChanges(old), incarnation: old.incarnation, digest: digest(old) }
    await old.stop()
    copyFileSync(path, join(folder, 'copy.db'))
    const state = await open('takeover', 0, { takeOver: path })
    expect({ changes: allChanges(state), incarnation: state.incarnation, digest: digest(state) }).toEqual(before)
    expect(existsSync(path)).toBe(false)
    const again = await open('takeover', 1, { takeOver: path })
    expect(allChanges(again)).toEqual(before.changes)
    // The file is there again, as where the power went before it was renamed.
    renameSync(join(folder, 'copy.db'), path)
    await open('takeover', 2, { takeOver: path })
    const other = createEmbeddedState({ path, limits: defaultLimits, onError: () => {} })
    await other.start()
    await other.stop()
    await expect(open('takeover', 3, { takeOver: path })).rejects.toMatchObject({ code: 'conflict' })
    expect(existsSync(path)).toBe(true)
    const taken = await Promise.all([1, 2, 3].map(() => again.apply('takeKeyPackages', { devices: [BOB.device] })))
    expect(taken.flat().map(({ keyPackage }) => keyPackage[0])).toEqual([1, 2])
  })

  it('refuses the state of another node, a wrong password, and a cluster that is not there', async () => {
    await open('mine', 0)
    await expect(open('mine', 1, { nodeKey: 'cd'.repeat(32) })).rejects.toMatchObject({ code: 'conflict' })
    const servers = nats.urls.map((url) => url.replace('test@', 'wrong@'))
    const refused = await open('mine', 2, { servers }).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'unauthorized' })
    expect(JSON.stringify(refused) + String((refused as Error).cause)).not.toContain('wrong')
    await expect(open('mine', 3, { servers: ['nats://127.0.0.1:1'] })).rejects.toMatchObject({ code: 'offline' })
    expect(() => createClusteredState({ ...clusteredOptions({ urls: [], folder }, 'a.b', 0) })).toThrow()
    await expect(open('mine', 4, { servers: ['http://127.0.0.1'] })).rejects.toMatchObject({ code: 'invalid_params' })
  })

  it('answers `offline` within its time while the cluster is away, and goes on when it is back', async () => {
    const state = await open('away', 0, { answerMs: 1_000 })
    const one = mail()
    await Promise.all([0, 1, 2].map((index) => nats.kill(index)))
    await expect(merge(state, [one])).rejects.toMatchObject({ code: 'offline', retryAfter: 1_000 })
    await Promise.all([0, 1, 2].map((index) => nats.revive(index)))
    await waitForMerge(state, one)
    await merge(state, [one])
    expect(envelopes(state)).toEqual([one.envelopeId])
  }, 60_000)
})

async function waitForMerge(state: ClusteredState, one: ReturnType<typeof mail>): Promise<void> {
  for (let tries = 0; tries < 30; tries++) if (await merge(state, [one]).catch(() => undefined)) return
  throw new Error('the cluster did not come back')
}
