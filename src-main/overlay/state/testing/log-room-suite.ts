import { expect, it } from 'vitest'
import { encodeMembers } from '../../log/core/founding.ts'
import { type Step, SUCCESSOR } from '../../log/core/types.ts'
import { defaultLimits } from '../../limits/limits.ts'
import { RESERVED_BYTES, ROW_BYTES, SLOT_BYTES } from '../log-sizes.ts'
import { LOG_MEMORY } from '../logs.ts'
import type { StateLimits } from '../merge.ts'
import { totalOf } from '../totals.ts'
import type { LocalState } from '../types.ts'
import { NOW } from './facts.ts'

const [SELF = '', OTHER = '', THIRD = ''] = ['a', 'b', 'c'].map((digit) => digit.repeat(64))
const FULL = { code: 'storage_full', retryAfter: 600_000 }
const address = (index: number) => `0x${index.toString(16).padStart(64, '0')}`
const room = (logBytes: number) => ({ kept: { ...defaultLimits.kept, logBytes } })

/** What group logs may come to on the disk, and whose. */
export function logRoomSuite(
  open: (limits?: Partial<StateLimits>) => Promise<unknown>,
  at: (index: number) => LocalState,
  settled: () => Promise<unknown>,
) {
  const take = (log: number, step: Step, from = OTHER) =>
    at(log).apply('log', { group: address(log), self: SELF, from, now: NOW, step })
  const members = [SELF, OTHER, THIRD]
  const by = (owner: string, via = SELF) => ({ owner, via, proof: new Uint8Array(64) })
  const viewOf = (owner: string) => ({ number: 1, after: 0, members, previous: [], ...by(owner), floor: 0, used: NOW })
  /** Votes for the first view, and begins it. */
  const found = async (log: number, owner: string) => {
    const value = encodeMembers({ members, ...by(owner), floor: 0 })
    await take(log, { kind: 'accept', view: 0, epoch: SUCCESSOR, ballot: 1, value })
    await take(log, { kind: 'adopt', view: viewOf(owner) })
  }
  const enter = (log: number, epoch: number, bytes: number) =>
    take(log, { kind: 'accept', view: 1, epoch, ballot: 1, value: new Uint8Array(bytes) })
  const start = async (logs: number) => {
    await open(room(logs * RESERVED_BYTES))
    await at(0).apply('setMeta', { name: LOG_MEMORY, value: new Uint8Array([1]) })
  }
  const foundMany = async (from: number, to: number, owner: (index: number) => string) => {
    for (let log = from; log < to; log++) {
      const refused = await found(log, owner(log)).catch((error: unknown) => error)
      if (refused) return { log, refused }
    }
    return undefined
  }
  const charged = async () => {
    await settled()
    return totalOf(at(0).rows, 'log')
  }

  it('counts a log for what it reserves, and beyond for what is in it', async () => {
    await start(100)
    await found(1, address(100))
    expect(await charged()).toEqual({ count: 1, bytes: RESERVED_BYTES })
    await enter(1, 0, 1_000)
    expect((await charged()).bytes).toBe(RESERVED_BYTES)
    await enter(1, 1, 60_000)
    await take(1, { kind: 'prepare', view: 1, epoch: 7, ballot: 1 })
    await settled()
    const bytes = ROW_BYTES + 3 * SLOT_BYTES + 61_000
    expect(await charged()).toEqual({ count: 1, bytes })
    expect(at(1).rows.all('SELECT * FROM log_founder')).toEqual([{ owner: address(100), via: SELF, count: 1, bytes }])
    // Who keeps it for others, and who only knows of it, counts its row alone.
    const next = { ...viewOf(address(100)), number: 2, after: 1, members: [OTHER, THIRD], previous: members }
    await take(1, { kind: 'adopt', view: next })
    await take(1, { kind: 'leave', view: 2 })
    expect(await charged()).toEqual({ count: 1, bytes: ROW_BYTES })
    expect(await at(0).apply('sweepLogs', { self: SELF, before: NOW, limit: 10 })).toBe(0)
    expect(await at(0).apply('sweepLogs', { self: SELF, before: NOW + 1, limit: 10 })).toBe(1)
    expect(await charged()).toEqual({ count: 0, bytes: 0 })
    expect(at(0).rows.all('SELECT * FROM log_founder')).toEqual([])
  })

  it('founds an eighth of what is free for one address, and leaves the others theirs', async () => {
    await start(400)
    const flood = await foundMany(1, 400, () => address(900))
    expect(flood).toMatchObject({ refused: FULL })
    // 33 are there, and the next would be more than an eighth of the 300 - 33 that are left.
    expect(flood?.log).toBe(34)
    expect(await foundMany(401, 425, () => address(901))).toBeUndefined()
  })

  it('has room for what was founded before, however many wallets fill the rest', async () => {
    await start(40)
    await found(1, address(900))
    expect(await foundMany(2, 99, (log) => address(log))).toMatchObject({ log: 31, refused: FULL })
    const lead = (epoch: number, bytes: number) =>
      take(1, { kind: 'lead', view: 1, epoch, value: new Uint8Array(bytes) }, SELF)
    for (let epoch = 0; epoch < 3; epoch++) expect(await lead(epoch, 9_000)).toEqual({ kind: 'accepted' })
    await expect(lead(3, 9_000)).rejects.toMatchObject(FULL)
    expect(await charged()).toEqual({ count: 30, bytes: 30 * RESERVED_BYTES })
  })

  it('keeps room for foundings from what others tell of, and for votes from what moves here', async () => {
    await start(80)
    const isRefused = (log: number, after: number) => {
      const view = { ...viewOf(address(log)), number: after + 1, after, previous: after > 0 ? [OTHER] : [] }
      return take(log, { kind: 'adopt', view })
        .then(() => take(log, { kind: 'start', view: view.number }))
        .then(() => false)
        .catch((error: unknown) => {
          expect(error).toMatchObject(FULL)
          return true
        })
    }
    const tell = async (from: number, to: number, after: number) => {
      for (let log = from; log < to; log++) if (await isRefused(log, after)) return log - from
      return to - from
    }
    expect(await tell(1, 99, 0)).toBe(60)
    expect(await tell(101, 199, 4)).toBe(10)
    expect((await charged()).bytes).toBeLessThanOrEqual(70 * RESERVED_BYTES)
    expect(await enter(1, 0, 60_000)).toEqual({ kind: 'accepted' })
    // Told again, it comes in once there is room.
    for (const log of [2, 3, 4]) {
      const gone = { ...viewOf(address(log)), number: 2, after: 1, members: [OTHER] }
      await take(log, { kind: 'adopt', view: gone })
      await take(log, { kind: 'leave', view: 2 })
    }
    expect(await isRefused(111, 4)).toBe(false)
  })

  it('is never above its bytes, whoever brings them, and what was refused left nothing', async () => {
    await start(4)
    for (const log of [1, 2, 3]) await take(log, { kind: 'adopt', view: viewOf(address(log)) })
    for (let epoch = 0; epoch < 2; epoch++) await enter(1, epoch, 29_000)
    await expect(enter(1, 2, 30_000)).rejects.toMatchObject(FULL)
    await expect(enter(2, 0, 65_000)).rejects.toMatchObject(FULL)
    await expect(take(4, { kind: 'adopt', view: viewOf(address(4)) })).rejects.toMatchObject(FULL)
    expect((await charged()).bytes).toBeLessThanOrEqual(4 * RESERVED_BYTES)
    expect(at(1).rows.all('SELECT id FROM log WHERE id > ?', address(3))).toEqual([])
    expect(at(1).rows.all('SELECT log, epoch FROM log_slot ORDER BY log, epoch')).toEqual(
      [0, 1].map((epoch) => ({ log: address(1), epoch })),
    )
    expect(await enter(3, 0, 20_000)).toEqual({ kind: 'accepted' })
  })

  it('gives one other node three eighths, whoever founded by way of it, and what it does cannot be laid at others', async () => {
    await start(80)
    const adopt = (log: number, owner: string, via: string) =>
      take(log, { kind: 'adopt', view: { ...viewOf(owner), ...by(owner, via) } })
        .then(() => true)
        .catch((error: unknown) => {
          expect(error).toMatchObject(FULL)
          return false
        })
    const fill = async (from: number, owner: (index: number) => string, via: string) => {
      for (let log = from; ; log++) if (!(await adopt(log, owner(log), via))) return log - from
    }
    expect(await fill(1, address, OTHER)).toBe(30)
    // It has no more for what is written into its logs either, beyond what each has reserved.
    expect(await enter(1, 0, 20_000)).toEqual({ kind: 'accepted' })
    await expect(enter(2, 0, 60_000)).rejects.toMatchObject(FULL)
    // An honest node tells of those that were founded by way of many.
    expect(await adopt(101, address(101), THIRD)).toBe(true)
    // ... and of what devices founded here.
    expect(await fill(201, address, SELF)).toBe(29)
    await settled()
    const bytes = at(1).rows.all('SELECT via, bytes FROM log_via ORDER BY via')
    expect(bytes).toEqual(
      [SELF, OTHER, THIRD].map((via, index) => ({ via, bytes: ([29, 30, 1][index] ?? 0) * RESERVED_BYTES })),
    )
  })

  it('counts what one node founds in the name of an address apart from what that address founds by way of others', async () => {
    await start(800)
    for (let log = 1; log < 60; log++) {
      const view = { ...viewOf(address(900)), ...by(address(900), OTHER) }
      const isRefused = await take(log, { kind: 'adopt', view })
        .then(() => false)
        .catch(() => true)
      if (isRefused) break
    }
    expect(await foundMany(101, 150, () => address(900))).toBeUndefined()
  })

  it('lays what is asked before a founding is known at whoever asks', async () => {
    await start(40)
    await take(1, { kind: 'prepare', view: 0, epoch: SUCCESSOR, ballot: 1 }, THIRD)
    await take(2, { kind: 'prepare', view: 0, epoch: SUCCESSOR, ballot: 1 }, SELF)
    await settled()
    const rows = at(0).rows.all('SELECT via, bytes FROM log_via ORDER BY via')
    expect(rows).toEqual([SELF, THIRD].map((via) => ({ via, bytes: ROW_BYTES })))
  })
}
