import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, Secret, silentLog, systemClock, systemRandom } from '../../base/index.ts'
import { issueCertificate, signingKeyFromSeed } from '../../crypto/index.ts'
import { openStore } from '../../store/index.ts'
import { createMlsEngine } from '../engine.ts'
import { createSessions } from '../sessions.ts'
import { spawnWorkerThread } from '../spawn.ts'
import type { MlsEngine, MlsWorker } from '../types.ts'

// Parts for the tests of this folder: the real worker and the real store.

const DAY = 86_400_000
const spawn = spawnWorkerThread(new URL('../worker.ts', import.meta.url))

/** A clock that can be moved ahead; waits run in real time. */
export class TestClock implements Clock {
  ahead = 0
  now = () => systemClock.now() + this.ahead
  after = systemClock.after
}

/** The real store in a folder of its own; `failNext` fails the next transaction at its end, as a full disk does. */
export function openTestStore(clock: Clock) {
  const dir = mkdtempSync(join(tmpdir(), 'parley-session-'))
  const key = new Secret(randomBytes(32))
  const store = openStore({ file: join(dir, 'parley.db'), key, clock, log: silentLog })
  const disk = { failNext: false }
  const transaction = <T>(work: () => T): T =>
    store.transaction(() => {
      const result = work()
      if (disk.failNext) throw new Error('disk full')
      return result
    })
  const close = () => {
    store.close()
    rmSync(dir, { recursive: true })
  }
  return { ...store, transaction, disk, close }
}

export function newWallet() {
  return signingKeyFromSeed(new Secret(randomBytes(32)))
}

/** A device with a running worker; its worker can be killed. */
export async function startDevice(wallet = newWallet(), clock = new TestClock()) {
  const seed = randomBytes(32)
  const { publicKey } = signingKeyFromSeed(new Secret(seed))
  const fields = { devicePublicKey: publicKey, sealingKey: randomBytes(32), label: 'test' }
  const times = { issuedAt: clock.now(), expiresAt: clock.now() + 30 * DAY }
  const certificate = issueCertificate(wallet, { ...fields, ...times })
  const workers: MlsWorker[] = []
  const engine: MlsEngine = createMlsEngine({
    spawn: () => {
      const worker = spawn()
      workers.push(worker)
      return worker
    },
    identity: { certificate: certificate.signed, deviceSeed: new Secret(seed) },
    clock,
    log: silentLog,
  })
  await engine.start()
  const address = certificate.addressText
  const own = { address, certificate, clock, engine, crash: () => workers.at(-1)?.terminate() }
  return { ...own, ...withStore(own) }
}

/** The same device with an empty store. */
export function withStore(device: { address: string; clock: TestClock; engine: MlsEngine }) {
  const store = openTestStore(device.clock)
  const { engine, clock, address } = device
  const sessions = createSessions({ engine, store, identity: { address }, clock, random: systemRandom, log: silentLog })
  const stop = async () => {
    await engine.stop()
    store.close()
  }
  return { store, sessions, stop }
}
export type TestDevice = Awaited<ReturnType<typeof startDevice>>

/** Two people; `lower` has the lower address. */
export async function startTwo(): Promise<{ lower: TestDevice; higher: TestDevice; stop: () => Promise<unknown> }> {
  const both = await Promise.all([startDevice(), startDevice()])
  const [lower, higher] = both.sort((a, b) => (a.address < b.address ? -1 : 1))
  return { lower, higher, stop: () => Promise.all(both.map((device) => device.stop())) }
}
