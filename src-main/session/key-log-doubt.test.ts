import { expect, test } from 'vitest'
import { toHex } from '../base/index.ts'
import { CHECK_LAST_EVERY_MS, DOUBT_EVERY_MS, DOUBT_LOOKS } from './constants.ts'
import { Three } from './testing/three.ts'

const DAY = 86_400_000

test('a log is not given up for one answer, nor for many at once, and a good one ends the doubt', async () => {
  const three = await Three.start()
  const [bob, alice] = await three.begin()
  const { logs, groupId } = three
  const look = () => alice.sessions.advance(groupId)
  const doubted = { code: 'timeout' }
  three.pass(DAY)
  await three.renew(alice)
  const { id } = alice.store.groups.get(groupId)!.log!
  const kept = logs.logs.get(toHex(id))!
  logs.logs.clear()
  three.pass(CHECK_LAST_EVERY_MS)
  for (let time = 0; time < 2 * DOUBT_LOOKS; time++) await expect(look()).rejects.toMatchObject(doubted)
  three.pass(DOUBT_EVERY_MS)
  await expect(look()).rejects.toMatchObject(doubted)
  logs.logs.set(toHex(id), kept)
  three.pass(DOUBT_EVERY_MS)
  expect(await look()).toBe(false)
  logs.logs.clear()
  three.pass(CHECK_LAST_EVERY_MS)
  for (let time = 1; time < DOUBT_LOOKS; time++) {
    await expect(look()).rejects.toMatchObject(doubted)
    three.pass(DOUBT_EVERY_MS)
  }
  expect([alice.lost, alice.store.groups.get(groupId)?.log?.next]).toEqual([[], 1])
  expect(await three.hear(bob, await three.say(alice, 'in the keys that are there'))).toBe('later')
  expect(await look()).toBe(false)
  expect(alice.lost).toEqual([alice.chat])
  three.end()
  await three.stop()
})
