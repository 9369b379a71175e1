import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, Secret, silentLog, systemClock, systemRandom } from '../../base/index.ts'
import { issueCertificate, signingKeyFromSeed } from '../../crypto/index.ts'
import { openStore } from '../../store/index.ts'
import { createMlsEngine } from '../engine.ts'
import { createSessions, type SessionParts } from '../sessions.ts'
import { spawnWorkerThread } from '../spawn.ts'
import type { MlsEngine, MlsWorker } from '../types.ts'

// Parts for the tests of this folder: the real worker and the real store.

const DAY = 86_400_000
/** How long a device's certificate lasts here. */
export const CERTIFICATE_MS = 30 * DAY
const spawn = spawnWorkerThread(new URL('../worker.ts', import.meta.url))

/** A clock that can be moved ahead; waits run in real time. */
export class TestClock implements Clock {
  ahead = 0
  now = () => systemClock.now() + this.ahead
  steady = () => systemClock.steady() + this.ahead
  after = systemClock.after
}

interface StorePlace {
  dir: string
  seed: Uint8Array
}
function newPlace(): StorePlace {
  return { dir: mkdtempSync(join(tmpdir(), 'parley-session-')), seed: randomBytes(32) }
}

/**
 * The real store in a folder of its own, or again in the `place` of one that was left; `failNext` fails the next transaction
 * at its end, as a full disk does.
 */
export function openTestStore(clock: Clock, place = newPlace()) {
  const { dir } = place
  const key = new Secret(new Uint8Array(place.seed))
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
  /** As a killed process does: nothing more is written. */
  const leave = () => {
    store.close()
    return place
  }
  return { ...store, transaction, disk, close, leave }
}

export function newWallet() {
  return signingKeyFromSeed(new Secret(randomBytes(32)))
}

/** A device with a running worker; its worker can be killed. */
export async function startDevice(wallet = newWallet(), clock = new TestClock()) {
  const seed = randomBytes(32)
  const { publicKey } = signingKeyFromSeed(new Secret(seed))
  const fields = { devicePublicKey: publicKey, sealingKey: randomBytes(32), label: 'test' }
  const issue = () =>
    issueCertificate(wallet, { ...fields, issuedAt: clock.now(), expiresAt: clock.now() + CERTIFICATE_MS })
  const certificate = issue()
  const identity = { certificate: certificate.signed, deviceSeed: new Secret(seed) }
  const workers: MlsWorker[] = []
  const engine: MlsEngine = createMlsEngine({
    spawn: () => {
      const worker = spawn()
      workers.push(worker)
      return worker
    },
    identity,
    clock,
    log: silentLog,
  })
  /** As the app does it: the engine starts again with a certificate from now on. */
  const renewCertificate = async () => {
    identity.certificate = issue().signed
    await engine.stop()
    await engine.start()
  }
  await engine.start()
  const address = certificate.addressText
  const crash = () => workers.at(-1)?.terminate()
  const own = { address, certificate, clock, engine, crash, renewCertificate }
  return { ...own, ...withStore(own) }
}

type More = Pick<SessionParts, 'orderedLog' | 'onBehind' | 'onLost'>

/** The same device with an empty store, or with the one that was left at `place`. */
export function withStore(
  device: { address: string; clock: TestClock; engine: MlsEngine },
  more: More = {},
  place?: StorePlace,
) {
  const store = openTestStore(device.clock, place)
  const { engine, clock, address } = device
  const common = { engine, store, identity: { address }, clock, random: systemRandom, log: silentLog }
  const sessions = createSessions({ ...common, ...more })
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
