import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { toHex } from '../base/index.ts'
import { CHECK_LAST_EVERY_MS } from './constants.ts'
import { type Member, Three } from './testing/three.ts'

const DAY = 86_400_000

let three: Three
let bob: Member
let alice: Member
let second: Member

beforeAll(async () => void (three = await Three.start()))
afterAll(() => three.stop())
beforeEach(async () => void ([bob, alice, second] = await three.begin()))
afterEach(() => three.end())

const look = (one: Member) => one.sessions.advance(three.groupId)
/** Entries that its looks took from the log. */
async function entriesRead(work: () => Promise<unknown>): Promise<number> {
  const before = three.logs.entriesRead
  await work()
  return three.logs.entriesRead - before
}
/** New keys, made by whoever is first, and followed by these. */
async function newKeys(followers: Member[]): Promise<void> {
  three.pass(DAY)
  for (const one of [alice, bob, second]) if (followers.includes(one) && (await three.renew(one))) break
  for (const one of followers) await three.catchUp(one)
}

test('a look at a log that has nothing new reads no entry, but the last one twice a day', async () => {
  await newKeys([bob, alice, second])
  expect(await entriesRead(() => look(bob))).toBe(0)
  three.pass(CHECK_LAST_EVERY_MS - 60_000)
  expect(await entriesRead(() => look(bob))).toBe(0)
  three.pass(60_000)
  expect(await entriesRead(() => look(bob))).toBe(1)
  expect(await entriesRead(() => look(bob))).toBe(0)
})

test('a device that was away reads each entry once, however it takes them', async () => {
  for (let epoch = 0; epoch < 6; epoch++) {
    three.pass(2 * 3_600_000)
    await newKeys([bob, alice])
  }
  expect(three.number(alice)).toBe(6)
  expect(await entriesRead(() => three.catchUp(second))).toBe(6)
  expect(await three.epochs()).toEqual([7, 7, 7])
})

test('what is no key update is passed over only where the log is the one that it was', async () => {
  await newKeys([bob, alice, second])
  const { id } = bob.store.groups.get(three.groupId)!.log!
  const kept = three.logs.logs.get(toHex(id))!
  three.logs.logs.set(toHex(id), new Map([[1, randomBytes(100)]]))
  await expect(look(bob)).rejects.toMatchObject({ code: 'timeout' })
  expect(three.number(bob)).toBe(1)
  three.logs.logs.set(toHex(id), kept.set(1, randomBytes(100)))
  expect(await look(bob)).toBe(false)
  expect(three.number(bob)).toBe(2)
})

test('nothing is appended to a log without its last entry', async () => {
  await newKeys([bob, alice, second])
  three.pass(DAY)
  three.logs.logs.clear()
  const appends = three.logs.appends
  await expect(three.renew(second)).rejects.toMatchObject({ code: 'timeout' })
  expect(three.logs.appends).toBe(appends)
})
