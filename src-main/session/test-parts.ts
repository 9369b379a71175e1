import { randomBytes } from 'node:crypto'
import { type Clock, Secret, silentLog, systemClock, systemRandom, toHex } from '../base/index.ts'
import { issueCertificate, signingKeyFromSeed } from '../crypto/index.ts'
import type { GroupRow, KeyPackageRow, Store } from '../store/index.ts'
import { createMlsEngine } from './engine.ts'
import { createSessions } from './sessions.ts'
import { spawnWorkerThread } from './spawn.ts'
import type { MlsEngine, MlsWorker } from './types.ts'

// Parts for the tests of this folder: the real worker, and the two repositories that sessions use, in memory.

const DAY = 86_400_000
const spawn = spawnWorkerThread(new URL('./worker.ts', import.meta.url))

/** A clock that can be moved ahead; waits run in real time. */
export class TestClock implements Clock {
  ahead = 0
  now = () => systemClock.now() + this.ahead
  after = systemClock.after
}

/** `transaction` rolls back by a copy, as the real store does by the database. */
export class MemoryStore {
  #groups = new Map<string, GroupRow>()
  #packages = new Map<string, KeyPackageRow>()
  /** Throws at the end of the next transaction: a full disk. */
  failNext = false

  transaction = <T>(work: () => T): T => {
    const before = [new Map(this.#groups), new Map(this.#packages)] as const
    try {
      const result = work()
      if (this.failNext) throw new Error('disk full')
      return result
    } catch (error) {
      ;[this.#groups, this.#packages] = before
      throw error
    } finally {
      this.failNext = false
    }
  }

  readonly groups: Store['groups'] = {
    get: (groupId) => this.#groups.get(toHex(groupId)),
    active: (chat) => this.#list(chat).find((row) => row.active),
    list: (chat) => this.#list(chat),
    save: (row) => void this.#groups.set(toHex(row.groupId), { ...row }),
    saveState: (groupId, state) => this.#change(groupId, { state }),
    setActive: (chat, groupId) => {
      for (const row of this.#list(chat)) this.#change(row.groupId, { active: toHex(row.groupId) === toHex(groupId) })
    },
    remove: (groupId) => void this.#groups.delete(toHex(groupId)),
  }

  readonly keyPackages: Store['keyPackages'] = {
    add: (rows) => rows.forEach((row) => this.#packages.set(row.id, row)),
    find: (ids) => ids.flatMap((id) => this.#packages.get(id) ?? []),
    lastResort: () => [...this.#packages.values()].find((row) => row.lastResort),
    unused: () => [...this.#packages.values()].filter((row) => !row.lastResort),
    remove: (id) => void this.#packages.delete(id),
  }

  #list(chat: string): GroupRow[] {
    return [...this.#groups.values()].filter((row) => row.chat === chat)
  }

  #change(groupId: Uint8Array, change: Partial<GroupRow>): void {
    const row = this.#groups.get(toHex(groupId))
    if (row) this.#groups.set(toHex(groupId), { ...row, ...change })
  }
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
  const store = new MemoryStore()
  const address = certificate.addressText
  const parts = { engine, store: store as unknown as Store, identity: { address }, clock, random: systemRandom }
  const sessions = createSessions({ ...parts, log: silentLog })
  return { address, certificate, clock, engine, store, sessions, crash: () => workers.at(-1)?.terminate() }
}
export type TestDevice = Awaited<ReturnType<typeof startDevice>>

/** Two people; `lower` has the lower address. */
export async function startTwo(): Promise<{ lower: TestDevice; higher: TestDevice; stop: () => Promise<unknown> }> {
  const both = await Promise.all([startDevice(), startDevice()])
  const [lower, higher] = both.sort((a, b) => (a.address < b.address ? -1 : 1))
  return { lower, higher, stop: () => Promise.all(both.map((device) => device.engine.stop())) }
}
