import { expect, test } from 'vitest'
import { silentLog, systemClock } from '../../base/index.ts'
import { RENEW_EVERY_MS } from './constants.ts'
import { Pairs } from './pairs.ts'
import type { RoomsParts } from './types.ts'

test('a group of two is made anew at most so often, by what has passed and not by what the clock was set to', async () => {
  let [ahead, passed, made] = [0, 0, 0]
  const clock = { ...systemClock, now: () => 1e12 + ahead, steady: () => passed }
  const create = () => Promise.reject(new Error(`attempt ${++made}`))
  const pairs = new Pairs({ clock, log: silentLog, sessions: { create } } as unknown as RoomsParts)
  const renew = () => pairs.renew({ address: 'a', device: 'd', keyPackage: new Uint8Array(1) }, async () => {})
  await renew()
  await renew()
  expect(made).toBe(1)
  ;[ahead, passed] = [-3600_000, RENEW_EVERY_MS]
  await renew()
  await renew()
  expect(made).toBe(2)
})
