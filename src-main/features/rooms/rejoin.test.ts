import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Clock, DailyBudget, fromHex, Secret, silentLog, systemRandom } from '../../base/index.ts'
import { issueCertificate, sealingPublicKey, signingKeyFromSeed } from '../../crypto/index.ts'
import type { LedgerMemo } from '../../ledger/index.ts'
import { makeEnvelope, type Sealer } from '../../post/index.ts'
import { openStore, type RoomRow, type Store } from '../../store/index.ts'
import { encode, MAX_MEMO_BYTES, RoomRecord } from '../../wire/index.ts'
import { WINDOW_MS } from './constants.ts'
import { RoomKeys } from './keys.ts'
import { Room } from './room.ts'
import { makeTicket } from './tickets.ts'
import type { RoomContext } from './types.ts'

const CHAIN = 'abcd1234'
const ROOM = `0x${'1'.repeat(64)}`
const LOWEST = '00'.repeat(16)
const HIGHEST = 'ff'.repeat(16)
const root = new Uint8Array(32).fill(9)
const keys = new RoomKeys(new Secret(root), CHAIN)
const fee = { burned: 1n, deposit: 0n, relay: 0n }

let folder: string
let store: Store
let now: number
let timers: { at: number; task: () => void }[]
/** The ledger: memos by address. */
let board: Map<string, { bytes: Uint8Array }[]>
let running: Room[]
/** What the room under test asked of the connections and wrote on the ledger, in order. */
let done: string[]
let heard: number
/** Devices with an open path. */
let paths: Set<string>

const clock: Clock = {
  now: () => now,
  steady: () => now,
  after: (ms, task) => {
    const timer = { at: now + ms, task }
    timers.push(timer)
    return () => void (timers = timers.filter((other) => other !== timer))
  },
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-rejoin-'))
  now = 1_800_000_000_000
  ;[timers, board, running, done, heard, paths] = [[], new Map(), [], [], 0, new Set()]
  store = openStore({ file: join(folder, 'x.db'), key: new Secret(root), clock, log: silentLog })
})
afterEach(() => {
  for (const room of running) room.stop()
  store.close()
  rmSync(folder, { recursive: true })
})

function device(value: number): Sealer {
  const seed = (add: number) => new Secret(new Uint8Array(32).fill(value + add))
  const deviceKey = signingKeyFromSeed(seed(0))
  const certificate = issueCertificate(signingKeyFromSeed(seed(1)), {
    ...{ devicePublicKey: deviceKey.publicKey, sealingKey: sealingPublicKey(seed(2)), label: 'test' },
    ...{ issuedAt: now - 1000, expiresAt: now + 3600_000 },
  })
  return { certificate, deviceKey, sealingKey: seed(2), chain: CHAIN }
}

/** Lets time go by, with everything that was planned in it; the board is looked at every second. */
async function pass(ms: number): Promise<void> {
  const end = now + ms
  for (;;) {
    const [next] = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
    if (!next) break
    timers = timers.filter((timer) => timer !== next)
    now = Math.max(now, next.at)
    next.task()
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
  }
  now = end
}

function watch(address: string, _: unknown, listener: (memos: LedgerMemo[]) => void) {
  let at = 0
  let cancel = () => {}
  const look = () => {
    const memos = board.get(address) ?? []
    listener(memos.slice(at) as LedgerMemo[])
    at = memos.length
    cancel = clock.after(1000, look)
  }
  cancel = clock.after(0, look)
  return { look: () => {}, stop: () => cancel() }
}

function post(address: string, bytes: Uint8Array): void {
  board.set(address, [...(board.get(address) ?? []), { bytes }])
}

/** Another member writes a record. */
function write(record: Parameters<typeof RoomRecord.serialize>[0]): void {
  const window = Math.floor(now / WINDOW_MS)
  post(keys.rendezvous(window), keys.seal(window, encode(RoomRecord, record, MAX_MEMO_BYTES), systemRandom))
}

function writeTicket(sealer: Sealer, tag: string): void {
  const fields = { room: ROOM, name: 'Bob', tag, keyPackage: new Uint8Array(1), now }
  write({ Ticket: makeTicket(keys, sealer, fields) })
}

/** This device's room in a new run of Parley, over the same store. */
function start(me: Sealer): Room {
  for (const room of running.splice(0)) room.stop()
  const id = me.certificate.deviceId
  const room = new Room(
    { ...{ id: ROOM, root, secret: 'x', title: 'Hut', joinedAt: now, spent: fee } } as RoomRow,
    {
      ...{ store, clock, random: systemRandom, log: silentLog, sealer: me },
      budget: new DailyBudget('rooms.records', store.settings, clock),
      board: {
        watch,
        post: async (address: string, bytes: Uint8Array) => {
          done.push('ticket')
          post(address, bytes)
          return { digest: '', fee }
        },
      },
      peers: {
        isOpen: (other: string) => paths.has(other),
        rttMs: () => 1,
        connect: () => done.push('offer'),
        disconnect: () => done.push('disconnect'),
        renew: (other: string) => {
          done.push('renew')
          // As the app does: the end of an open path is told at once.
          if (paths.delete(other)) room.closed(other)
        },
      },
      sessions: { ensureKeyPackages: async () => ({ lastResort: new Uint8Array(1) }) },
      self: { address: me.certificate.addressText, device: id, name: 'Alice' },
      ...{ learn: () => {}, certificateOf: () => undefined, changed: () => {}, direct: () => true },
      receive: () => heard++,
    } as unknown as RoomContext,
  )
  running.push(room)
  room.start()
  return room
}

test('a letter is heard once, though a room that starts again reads its last minutes again', async () => {
  const [alice, bob] = [device(10), device(20)]
  const body = { Sealed: { enc: new Uint8Array(32), ciphertext: new Uint8Array(32) } }
  const letter = (byte: number) => ({
    recipient: fromHex(alice.certificate.deviceId),
    envelope: makeEnvelope(bob.certificate.deviceId, body, now + byte, systemRandom),
  })
  start(alice)
  write({ Letter: letter(1) })
  await pass(3_000)
  expect(heard).toBe(1)
  start(alice)
  await pass(3_000)
  expect(heard).toBe(1)
  write({ Letter: letter(2) })
  await pass(3_000)
  expect(heard).toBe(2)
})

test('who joins offers at once; who was there before writes its ticket first, because others may be calling its last run', async () => {
  const [alice, bob] = [device(10), device(20)]
  start(alice)
  writeTicket(bob, HIGHEST)
  await pass(0)
  expect(done).toEqual(['disconnect', 'offer'])
  for (let run = 0; run < 3; run++) {
    done = []
    start(alice)
    await pass(10_000)
    expect(done).toEqual(['ticket', 'disconnect', 'offer'])
  }
})

test.each([
  ['noticed', false],
  ['not noticed', true],
])('a member that has started again is offered a connection that stands, its end before %s', async (_, isOpen) => {
  const [alice, bob] = [device(10), device(20)]
  const room = start(alice)
  writeTicket(bob, LOWEST)
  await pass(3_000)
  const member = room.members.get(bob.certificate.deviceId)
  if (member) member.connected = isOpen
  if (isOpen) paths.add(bob.certificate.deviceId)
  done = []
  writeTicket(bob, HIGHEST)
  await pass(3_000)
  expect(done[0]).toBe('renew')
  expect(done.at(-1)).toBe('offer')
})
