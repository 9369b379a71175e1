import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { toHex } from '../base/index.ts'
import { CHECK_LAST_EVERY_MS, DOUBT_EVERY_MS, DOUBT_LOOKS, GIVE_UP_FAILURES } from './constants.ts'
import type { MemoryLogs } from './testing/memory-log.ts'
import { type Member, Three } from './testing/three.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

let three: Three
let bob: Member
let alice: Member
let second: Member
let all: Member[]
let logs: MemoryLogs
let groupId: Uint8Array

beforeAll(async () => void (three = await Three.start()))
afterAll(() => three.stop())

beforeEach(async () => {
  ;[bob, alice, second] = all = await three.begin()
  ;({ logs, groupId } = three)
})
afterEach(() => three.end())

const pass = (ms: number) => three.pass(ms)
const renew = (one: Member) => three.renew(one)
const catchUp = (one: Member) => three.catchUp(one)
const epoch = (one: Member) => three.epoch(one)
const epochs = () => three.epochs()
const number = (one: Member) => three.number(one)
const waits = (one: Member) => three.waits(one)
const say = (from: Member, text: string) => three.say(from, text)
const hear = (by: Member, message: Uint8Array) => three.hear(by, message)
const failure = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => (error as { code: string }).code,
  )
/** All looks but the last one that a log may be lost in. */
const doubt = async (look: () => Promise<unknown>) => {
  for (let time = 1; time < DOUBT_LOOKS; time++) {
    expect(await failure(look())).toBe('timeout')
    pass(DOUBT_EVERY_MS)
  }
}
/** At epoch 1 the place that is first is Alice's, then her second device's, then Bob's: now all may. */
const rivalsTime = () => pass(DAY + 2 * HOUR)

describe('new keys of three devices', () => {
  test('come daily, the first by place at once and the others an hour later each, and all follow', async () => {
    expect(await renew(alice)).toBe(false)
    pass(DAY)
    expect([await renew(bob), await renew(second), await renew(alice)]).toEqual([false, false, true])
    expect(all.map(({ renewed }) => renewed)).toEqual([0, 1, 0])
    expect(await renew(alice)).toBe(false)
    for (const one of [bob, second]) await catchUp(one)
    expect(await epochs()).toEqual([2, 2, 2])
    pass(DAY)
    expect([await renew(alice), await renew(bob), await renew(second)]).toEqual([false, false, true])
    for (const one of [bob, alice]) await catchUp(one)
    expect(await epochs()).toEqual([3, 3, 3])
    expect(all.map(number)).toEqual([2, 2, 2])
    expect(await hear(alice, await say(bob, 'on'))).toBe('on')
  })

  test('a message of the next epoch waits for the log, a hint says to read it, one of the last is still read', async () => {
    pass(DAY)
    const old = await say(bob, 'old')
    await renew(alice)
    const fresh = await say(alice, 'fresh')
    expect(await hear(bob, fresh)).toBe('later')
    expect(await hear(second, new Uint8Array())).toBe('hint')
    expect([bob.behind, second.behind]).toEqual([1, 1])
    expect(await bob.sessions.advance(groupId)).toBe(true)
    expect(await bob.sessions.advance(groupId)).toBe(false)
    expect(await hear(bob, fresh)).toBe('fresh')
    expect(await hear(alice, old)).toBe('old')
    expect(await hear(second, old)).toBe('old')
  })

  test('of two rivals one wins for all, also for the loser, whose own is dropped and due no more', async () => {
    rivalsTime()
    alice.fault = 'away'
    expect(await failure(renew(alice))).toBe('offline')
    expect(waits(alice)).toBe(false)
    alice.fault = undefined
    // Both have prepared before either was appended.
    const both = await Promise.all([renew(bob), renew(alice)])
    expect(both.filter(Boolean)).toHaveLength(1)
    expect(logs.appends).toBe(2)
    await catchUp(second)
    expect(await epochs()).toEqual([2, 2, 2])
    expect(all.map(waits)).toEqual([false, false, false])
    expect([await renew(bob), await renew(alice)]).toEqual([false, false])
    expect(await hear(second, await say(bob, 'one group'))).toBe('one group')
  })

  test('what is no commit wastes its number, for all alike, and the same commit takes the next', async () => {
    pass(DAY)
    const { id } = alice.store.groups.get(groupId)!.log!
    const log = logs.way()
    await log.appendLog(id, 0, randomBytes(4000))
    expect(await renew(alice)).toBe(false)
    expect(alice.behind).toBe(1)
    await catchUp(alice)
    await log.appendLog(id, 1, new Uint8Array([1]))
    await catchUp(alice)
    expect([await epoch(alice), number(alice)]).toEqual([1, 2])
    expect(await renew(alice)).toBe(true)
    for (const one of [bob, second]) await catchUp(one)
    expect(await epochs()).toEqual([2, 2, 2])
    expect(all.map(number)).toEqual([3, 3, 3])
  })

  test('a stranger who takes the number in between makes the same commit go to the next', async () => {
    pass(DAY)
    const { id } = alice.store.groups.get(groupId)!.log!
    logs.beforeAppend = () => void logs.logs.set(toHex(id), new Map([[0, randomBytes(100)]]))
    expect(await renew(alice)).toBe(true)
    for (const one of [bob, second]) await catchUp(one)
    expect(await epochs()).toEqual([2, 2, 2])
    expect([...logs.logs.values()][0]?.size).toBe(2)
  })
})

describe('faults of this device or its way', () => {
  test('while the log is away messages go on in the old epoch, and the same commit is given again later', async () => {
    pass(DAY)
    alice.fault = 'answer lost'
    expect(await failure(renew(alice))).toBe('offline')
    const kept = alice.store.groups.update(groupId)!
    expect(await hear(bob, await say(alice, 'still old'))).toBe('still old')
    expect(await hear(alice, await say(bob, 'here too'))).toBe('here too')
    alice.fault = 'away'
    expect(await failure(renew(alice))).toBe('offline')
    expect(alice.store.groups.update(groupId)).toMatchObject({ entry: kept.entry, failures: 2 })
    alice.fault = undefined
    // It had won already, and is adopted as its own from the log.
    expect(await renew(alice)).toBe(false)
    await catchUp(alice)
    await catchUp(bob)
    expect([await epoch(alice), await epoch(bob), waits(alice)]).toEqual([2, 2, false])
    expect(await hear(bob, await say(alice, 'new'))).toBe('new')
  })

  test('killed before the log has it: the same bytes after the start, and it ends right', async () => {
    pass(DAY)
    alice.fault = 'no appends'
    expect(await failure(renew(alice))).toBe('offline')
    alice.fault = undefined
    const { entry } = alice.store.groups.update(groupId)!
    expect(logs.appends).toBe(0)
    await three.kill(alice)
    expect(await renew(alice)).toBe(true)
    expect(toHex([...logs.logs.values()][0]!.get(0)!)).toBe(toHex(entry))
    for (const one of [bob, second]) await catchUp(one)
    expect(await epochs()).toEqual([2, 2, 2])
  })

  test('killed after it won and before it was taken: adopted after the start', async () => {
    pass(DAY)
    alice.fault = 'answer lost'
    expect(await failure(renew(alice))).toBe('offline')
    await three.kill(alice)
    alice.fault = undefined
    expect([await epoch(alice), waits(alice)]).toEqual([1, true])
    await catchUp(alice)
    await catchUp(bob)
    expect([await epoch(alice), await epoch(bob), waits(alice)]).toEqual([2, 2, false])
    expect(alice.renewed).toBe(1)
    expect(await hear(bob, await say(alice, 'after'))).toBe('after')
  })

  test('killed after another won: the other is followed after the start', async () => {
    rivalsTime()
    alice.fault = 'no appends'
    expect(await failure(renew(alice))).toBe('offline')
    alice.fault = undefined
    await three.kill(alice)
    expect(await renew(bob)).toBe(true)
    expect(await renew(alice)).toBe(false)
    for (const one of [alice, second]) await catchUp(one)
    expect(await epochs()).toEqual([2, 2, 2])
    expect(waits(alice)).toBe(false)
  })

  test('a full disk or a dead worker is no reason to pass an entry over: it comes again', async () => {
    pass(DAY)
    await renew(alice)
    bob.store.disk.failNext = true
    await expect(bob.sessions.advance(groupId)).rejects.toThrow('disk full')
    bob.store.disk.failNext = false
    expect([await epoch(bob), number(bob)]).toEqual([1, 0])
    const crashed = Promise.allSettled([bob.sessions.advance(groupId), bob.device.crash()])
    await crashed
    await catchUp(bob)
    expect([await epoch(bob), number(bob)]).toEqual([2, 1])
  })

  test('its own update is adopted in one transaction or not at all', async () => {
    pass(DAY)
    alice.fault = 'answer lost'
    await failure(renew(alice))
    alice.fault = undefined
    alice.store.disk.failNext = true
    await expect(alice.sessions.advance(groupId)).rejects.toThrow('disk full')
    alice.store.disk.failNext = false
    expect([await epoch(alice), number(alice), waits(alice)]).toEqual([1, 0, true])
    await catchUp(alice)
    expect([await epoch(alice), number(alice), waits(alice)]).toEqual([2, 1, false])
  })
})

describe('a log that cannot be gone on with', () => {
  test('was lost: a new group is asked for, and what is on its way is still read', async () => {
    pass(DAY)
    await renew(alice)
    const message = await say(alice, 'before')
    await catchUp(bob)
    logs.logs.clear()
    pass(2 * DAY)
    await doubt(() => renew(bob))
    expect(await renew(bob)).toBe(false)
    expect(bob.lost).toEqual([bob.chat])
    expect(await hear(bob, message)).toBe('before')
    // Without a log, whoever looks again asks again.
    expect(await renew(bob)).toBe(false)
    expect(bob.lost).toEqual([bob.chat, bob.chat])
  })

  test('told two devices different winners: what one side writes is bad for the other, not silently lost', async () => {
    rivalsTime()
    const { id } = bob.store.groups.get(groupId)!.log!
    await renew(alice)
    await catchUp(bob)
    logs.logs.get(toHex(id))!.clear()
    await renew(second)
    expect(await epochs()).toEqual([2, 2, 2])
    expect(await failure(hear(bob, await say(second, 'from the other side')))).toBe('bad_signature')
    expect(await hear(bob, await say(alice, 'from this side'))).toBe('from this side')
  })

  test('has a hole before what comes next, or another entry than was read', async () => {
    const { id } = bob.store.groups.get(groupId)!.log!
    await logs.way().appendLog(id, 3, randomBytes(10))
    await doubt(() => bob.sessions.advance(groupId))
    expect(await bob.sessions.advance(groupId)).toBe(false)
    expect(bob.lost).toEqual([bob.chat])
    logs.logs.clear()
    pass(DAY)
    await renew(alice)
    logs.logs.get(toHex(id))!.set(0, randomBytes(10))
    pass(CHECK_LAST_EVERY_MS)
    await doubt(() => alice.sessions.advance(groupId))
    await alice.sessions.advance(groupId)
    expect(alice.lost).toEqual([alice.chat])
  })

  test('was not used for so long that the nodes may have forgotten it', async () => {
    pass(91 * DAY)
    expect(await renew(bob)).toBe(false)
    expect([bob.lost, logs.appends]).toEqual([[bob.chat], 0])
  })

  test('does not take a commit for a week, however often it is asked', async () => {
    pass(DAY)
    alice.fault = 'answer lost'
    await failure(renew(alice))
    alice.fault = 'away'
    for (let time = 0; time < GIVE_UP_FAILURES; time++) await failure(renew(alice))
    expect([waits(alice), alice.lost]).toEqual([true, []])
    pass(7 * DAY)
    await failure(renew(alice))
    expect([waits(alice), alice.lost]).toEqual([false, [alice.chat]])
  })

  test('an update of this device that it does not have any more is not passed over', async () => {
    pass(DAY)
    const before = alice.store.groups.get(groupId)!
    await renew(alice)
    alice.store.groups.save(before)
    await alice.device.engine.load(groupId, before.state)
    await alice.sessions.advance(groupId)
    expect(alice.lost).toEqual([alice.chat])
  })
})
