import { describe, expect, it } from 'vitest'
import type { Clock } from '../../base/index.ts'
import { Buckets } from './buckets.ts'
import { ShortMemory } from './short-memory.ts'

function handClock() {
  let now = 1_000_000
  const clock: Clock = { now: () => now, after: () => () => {} }
  return { clock, pass: (ms: number) => (now += ms) }
}

describe('answers kept for a second', () => {
  it('are asked for once, and again when time has passed, when told to, or when the clock was set back', () => {
    const { clock, pass } = handClock()
    const memory = new ShortMemory<number>(clock)
    let asked = 0
    const get = () => memory.get('key', () => ++asked)
    expect([get(), get()]).toEqual([1, 1])
    pass(1_000)
    expect(get()).toBe(2)
    memory.forget('key')
    expect(get()).toBe(3)
    memory.clear()
    expect(get()).toBe(4)
    pass(-3_600_000)
    expect(get()).toBe(5)
  })

  it('are never more than allowed', () => {
    const memory = new ShortMemory<number>(handClock().clock, 100)
    for (let key = 0; key < 1_000; key++) {
      memory.get(String(key), () => key)
      expect(memory.size).toBeLessThanOrEqual(100)
    }
  })
})

describe('buckets', () => {
  it('let through a burst and then the rate, each key by itself, and say how long to wait', () => {
    const { clock, pass } = handClock()
    const buckets = new Buckets(clock, { perSecond: 2, burst: 3 })
    expect([1, 2, 3].map(() => buckets.take('a'))).toEqual([0, 0, 0])
    expect(buckets.take('a')).toBe(500)
    expect(buckets.take('b')).toBe(0)
    pass(500)
    expect(buckets.take('a')).toBe(0)
    expect(() => buckets.require('a')).toThrow(expect.objectContaining({ code: 'rate_limited', retryAfter: 500 }))
    // A clock that was set back gives nothing for nothing.
    pass(-10_000)
    expect(buckets.take('a')).toBeGreaterThan(0)
  })

  it('remember a bounded number of keys, whoever makes them up', () => {
    const buckets = new Buckets(handClock().clock, { perSecond: 1, burst: 1 })
    for (let key = 0; key < 60_000; key++) buckets.take(String(key))
    expect(buckets.size).toBe(50_000)
  })
})
