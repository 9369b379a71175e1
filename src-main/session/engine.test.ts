import { randomBytes } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { Secret, silentLog, systemClock } from '../base/index.ts'
import { issueCertificate, signingKeyFromSeed } from '../crypto/index.ts'
import { MAX_PENDING_REQUESTS, REQUEST_TIMEOUT_MS } from './constants.ts'
import { createMlsEngine } from './engine.ts'
import { spawnWorkerThread } from './spawn.ts'
import { startDevice } from './testing/devices.ts'
import type { MlsWorker } from './types.ts'

const seed = randomBytes(32)
const deviceKey = signingKeyFromSeed(new Secret(seed))
const now = Date.now()
const { signed } = issueCertificate(signingKeyFromSeed(new Secret(randomBytes(32))), {
  ...{ devicePublicKey: deviceKey.publicKey, sealingKey: randomBytes(32), label: 'test' },
  ...{ issuedAt: now, expiresAt: now + 3_600_000 },
})
const engineOn = (spawn: () => MlsWorker) =>
  createMlsEngine({
    spawn,
    identity: { certificate: signed, deviceSeed: new Secret(seed) },
    clock: systemClock,
    log: silentLog,
  })

/** A worker that starts and then answers nothing: one that hangs. */
function hangingWorker() {
  const posted: unknown[] = []
  let listener: (message: unknown) => void = () => {}
  let terminated = 0
  const worker: MlsWorker = {
    post: (message) => {
      posted.push(message)
      if (posted.length === 1) queueMicrotask(() => listener({ kind: 'ready' }))
    },
    onMessage: (heard) => (listener = heard),
    onExit: () => {},
    terminate: async () => void terminated++,
  }
  return { worker, posted, terminations: () => terminated }
}

test('answers many calls at once, each its own, and an error with its code', async () => {
  const device = await startDevice()
  const counts = await Promise.all([3, 0, 2].map((count) => device.engine.createKeyPackages(count)))
  expect(counts.map((made) => made.length)).toEqual([3, 0, 2])
  await expect(device.engine.createKeyPackages(1000)).rejects.toMatchObject({ code: 'invalid_params' })
  await expect(device.engine.members(new Uint8Array(32))).rejects.toMatchObject({ code: 'not_found' })
  await device.stop()
  await expect(device.engine.createKeyPackages(1)).rejects.toMatchObject({ code: 'locked' })
})

test('leaves the bytes of the caller alone, and takes none of the pool around them along', async () => {
  const { worker, posted } = hangingWorker()
  const engine = engineOn(() => worker)
  await engine.start()
  const pool = new Uint8Array(1000).fill(7)
  const view = pool.subarray(100, 110)
  void engine.encrypt(view, view).catch(() => {})
  await vi.waitFor(() => expect(posted).toHaveLength(2))
  const { args } = posted[1] as { args: Uint8Array[] }
  expect(args.map((arg) => arg.buffer.byteLength)).toEqual([10, 10])
  expect(view.byteLength).toBe(10)
  await engine.stop()
})

test('tells a caller to wait once too much waits', async () => {
  const { worker } = hangingWorker()
  const engine = engineOn(() => worker)
  await engine.start()
  const waiting = Array.from({ length: MAX_PENDING_REQUESTS }, () => engine.createKeyPackages(1))
  const outcomes = Promise.allSettled(waiting)
  await expect(engine.createKeyPackages(1)).rejects.toMatchObject({ code: 'rate_limited' })
  await engine.stop()
  expect((await outcomes).every((outcome) => outcome.status === 'rejected')).toBe(true)
})

test('ends a worker that hangs, and works with the next', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const hanging = hangingWorker()
  const next = hangingWorker()
  const workers = [hanging.worker, next.worker]
  const engine = engineOn(() => workers.shift()!)
  await engine.start()
  let restarts = 0
  engine.onRestart(() => restarts++)
  const refused = expect(engine.createKeyPackages(1)).rejects.toMatchObject({ code: 'timeout' })
  await vi.advanceTimersByTimeAsync(REQUEST_TIMEOUT_MS + 1)
  await refused
  expect(hanging.terminations()).toBe(1)
  await vi.advanceTimersByTimeAsync(1000)
  expect(restarts).toBe(1)
  expect(next.posted).toHaveLength(1)
  vi.useRealTimers()
  await engine.stop()
})

test('says that it cannot start when the worker is not there', async () => {
  const engine = engineOn(spawnWorkerThread(new URL('./no-such-worker.ts', import.meta.url)))
  await expect(engine.start()).rejects.toMatchObject({ code: 'internal' })
  await expect(engine.createKeyPackages(1)).rejects.toMatchObject({ code: 'locked' })
})

test('gives the device key to a worker once at the start, and in no request', async () => {
  const { worker, posted } = hangingWorker()
  const engine = engineOn(() => worker)
  await engine.start()
  void engine.createKeyPackages(1).catch(() => {})
  await vi.waitFor(() => expect(posted).toHaveLength(2))
  expect(Buffer.from((posted[0] as { deviceSeed: Uint8Array }).deviceSeed).equals(seed)).toBe(true)
  expect(JSON.stringify(posted[1])).not.toContain('deviceSeed')
  await engine.stop()
})
