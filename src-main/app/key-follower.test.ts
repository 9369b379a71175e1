import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Clock, silentLog, systemRandom } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'
import { KeyFollower } from './key-follower.ts'

const GROUP = new Uint8Array(32).fill(7)
const KEY = '07'.repeat(32)

/** Time moves to the next timer when everything else rests. */
class SteppedClock implements Clock {
  time = 1_000_000
  timers: { at: number; task: () => void }[] = []
  now = () => this.time
  steady = this.now
  after = (ms: number, task: () => void) => {
    const timer = { at: this.time + ms, task }
    this.timers.push(timer)
    return () => void (this.timers = this.timers.filter((other) => other !== timer))
  }

  /** Runs until no timer is left, or for `ms`. */
  async run(ms = Number.POSITIVE_INFINITY): Promise<void> {
    const end = this.time + ms
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve))
      const [next] = this.timers.toSorted((a, b) => a.at - b.at)
      if (!next || next.at > end) return
      this.timers = this.timers.filter((other) => other !== next)
      this.time = Math.max(this.time, next.at)
      next.task()
    }
  }
}

/** So many turns of the microtask queue later. */
async function after(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await Promise.resolve()
}

let clock: SteppedClock
let follower: KeyFollower
let ahead: number
let steps: number[]
let lastReadAt: number
let fault: ParleyError | undefined

beforeEach(() => {
  clock = new SteppedClock()
  ;[ahead, steps, lastReadAt, fault] = [0, [], 0, undefined]
  follower = new KeyFollower({
    advance: async () => {
      if (fault) throw fault
      if (ahead === 0) return false
      ahead--
      return true
    },
    onStep: () => void steps.push(clock.now()),
    lastReadAt: () => lastReadAt,
    clock,
    random: systemRandom,
    log: silentLog,
  })
})
afterEach(() => follower.stop())

describe('following the log of keys', () => {
  test('two steps go at once; each further one waits until nothing was read for a second', async () => {
    ahead = 6
    const begun = clock.now()
    const followed = follower.follow(GROUP)
    expect(follower.isFollowing(KEY)).toBe(true)
    await clock.run(3000)
    lastReadAt = clock.now()
    await clock.run()
    await followed
    expect(steps.map((at) => at - begun)).toEqual([0, 0, 1000, 2000, 3000, 4000])
    expect(follower.isFollowing(KEY)).toBe(false)
  })

  test('while messages of the epochs between still come, it stays; for ten seconds at most', async () => {
    ahead = 4
    const begun = clock.now()
    const followed = follower.follow(GROUP)
    for (let second = 0; second < 8; second++) {
      await clock.run(500)
      clock.time = begun + (second + 1) * 500
      lastReadAt = clock.now()
      expect(steps).toHaveLength(2)
    }
    await clock.run()
    await followed
    expect(steps.map((at) => at - begun)).toEqual([0, 0, 5000, 6000])
    ;[ahead, steps] = [1, []]
    lastReadAt = Number.POSITIVE_INFINITY
    const late = clock.now()
    const again = follower.follow(GROUP)
    await clock.run()
    await again
    expect(steps.map((at) => at - late)).toEqual([10_000])
  })

  test('asked while it runs, it looks once more, and never twice at a time', async () => {
    const first = follower.follow(GROUP)
    ahead = 1
    expect(follower.follow(GROUP)).toBe(first)
    await clock.run()
    await first
    expect([ahead, steps.length]).toEqual([0, 1])
  })

  test.each([0, 1, 2, 3, 4])('asked %s turns after there was nothing more, it looks again', async (turns) => {
    let looks = 0
    const looked = new KeyFollower({
      advance: async () => {
        if (++looks === 1) void after(turns).then(() => looked.follow(GROUP))
        return false
      },
      onStep: () => {},
      lastReadAt: () => 0,
      clock,
      random: systemRandom,
      log: silentLog,
    })
    await looked.follow(GROUP)
    await clock.run()
    expect(looks).toBe(2)
  })

  test('a log that is away is asked again ever more rarely, and let go after some minutes', async () => {
    fault = new ParleyError('offline', 'away')
    ahead = 1
    const followed = follower.follow(GROUP)
    await clock.run(5000)
    fault = undefined
    await clock.run()
    await followed
    expect(steps).toHaveLength(1)
    fault = new ParleyError('offline', 'away')
    const begun = clock.now()
    const given = follower.follow(GROUP)
    await clock.run()
    await given
    expect(clock.now() - begun).toBeGreaterThan(3 * 60_000)
    expect(follower.isFollowing(KEY)).toBe(false)
  })

  test('a group that is gone ends it at once', async () => {
    fault = new ParleyError('not_found', 'gone')
    await follower.follow(GROUP)
    expect(clock.timers).toEqual([])
  })
})
