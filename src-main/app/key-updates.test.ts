import { expect, test } from 'vitest'
import { type Clock, silentLog, systemRandom, toHex } from '../base/index.ts'
import type { AccountContext } from './account-types.ts'
import { KeyUpdates } from './key-updates.ts'

const GROUP = new Uint8Array(32).fill(7)

test('messages that are ahead are waited for also while a look at the log of keys is put off', async () => {
  const timers: (() => void)[] = []
  let looks = 0
  const clock: Clock = { now: () => 0, steady: () => 0, after: (_, task) => (timers.push(task), () => {}) }
  const account = {
    parts: { clock, random: systemRandom, log: silentLog },
    store: { groups: { get: () => ({ chat: '0xa' }) } },
    sessions: { advance: async () => (looks++, false) },
    delivery: { hasten: () => {} },
  }
  const updates = new KeyUpdates(account as unknown as AccountContext)
  const { onBehind } = updates.sessionParts()
  for (let hint = 0; hint < 4; hint++) {
    onBehind?.(GROUP, true)
    await expect.poll(() => updates.isFollowing(toHex(GROUP))).toBe(false)
  }
  onBehind?.(GROUP, true)
  expect([looks, timers.length, updates.isFollowing(toHex(GROUP))]).toEqual([4, 1, true])
  updates.stop()
  expect(updates.isFollowing(toHex(GROUP))).toBe(false)
})
