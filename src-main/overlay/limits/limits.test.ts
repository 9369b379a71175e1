import { describe, expect, it } from 'vitest'
import type { Clock } from '../../base/index.ts'
import { Admittance, placeOf } from './admittance.ts'
import { Buckets } from './buckets.ts'
import { defaultLimits } from './limits.ts'
import { ShortMemory } from './short-memory.ts'

function handClock() {
  let steady = 1_000_000
  let ahead = 0
  const clock: Clock = { now: () => steady + ahead, steady: () => steady, after: () => () => {} }
  return { clock, pass: (ms: number) => (steady += ms), set: (ms: number) => (ahead += ms) }
}

describe('answers kept for a second', () => {
  it('are asked for once, and again when time has passed or when told to, whatever the clock is set to', () => {
    const { clock, pass, set } = handClock()
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
    for (const ms of [-3_600_000, 7_200_000]) {
      set(ms)
      expect(get()).toBe(4)
    }
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
    const { clock, pass, set } = handClock()
    const buckets = new Buckets(clock, { perSecond: 2, burst: 3 })
    expect([1, 2, 3].map(() => buckets.take('a'))).toEqual([0, 0, 0])
    expect(buckets.take('a')).toBe(500)
    expect(buckets.take('b')).toBe(0)
    pass(500)
    expect(buckets.take('a')).toBe(0)
    expect(() => buckets.require('a')).toThrow(expect.objectContaining({ code: 'rate_limited', retryAfter: 500 }))
    // A clock that is set gives nothing for nothing.
    for (const ms of [-3_600_000, 7_200_000]) {
      set(ms)
      expect(buckets.take('a')).toBe(500)
    }
  })

  it('let what has happened be owed, and say when nothing is owed any more', () => {
    const { clock, pass } = handClock()
    const buckets = new Buckets(clock, { perSecond: 10, burst: 5 })
    expect([buckets.spend('a', 5), buckets.spend('a', 3), buckets.spend('b', 1)]).toEqual([0, 300, 0])
    pass(200)
    expect(buckets.spend('a', 0)).toBe(100)
    pass(100)
    expect([buckets.spend('a', 0), buckets.take('a')]).toEqual([0, 100])
  })

  it('remember a bounded number of keys, whoever makes them up', () => {
    const buckets = new Buckets(handClock().clock, { perSecond: 1, burst: 1 })
    for (let key = 0; key < 60_000; key++) buckets.take(String(key))
    expect(buckets.size).toBe(50_000)
  })

  it('forget whoever used none for longest, not whoever came first', () => {
    const { clock, pass } = handClock()
    const buckets = new Buckets(clock, { perSecond: 0.001, burst: 1 })
    buckets.take('busy')
    for (let key = 1; key < 50_000; key++) buckets.take(String(key))
    pass(1_000)
    expect(buckets.take('busy')).toBeGreaterThan(0)
    buckets.take('one more')
    expect([buckets.take('busy') > 0, buckets.take('2') > 0, buckets.take('1')]).toEqual([true, true, 0])
  })
})

describe('admittance', () => {
  const small = { ...defaultLimits, connections: 12, connectionsPerHost: 3, connectionsPerNetwork: 6 }

  it('keeps one address and one network from hoarding connections, and all of them from too many', () => {
    const admittance = new Admittance(handClock().clock, small)
    const enter = (address: string, times: number) => Array.from({ length: times }, () => admittance.enter(address))
    expect(enter('192.0.2.1', 4)).toEqual([undefined, undefined, undefined, 'host'])
    expect(enter('192.0.2.2', 3)).toEqual([undefined, undefined, undefined])
    expect(enter('192.0.2.3', 1)).toEqual(['network'])
    expect([...enter('198.51.100.1', 3), ...enter('203.0.113.1', 3)]).toEqual(new Array(6).fill(undefined))
    expect(enter('198.51.101.1', 1)).toEqual(['full'])
    admittance.leave('192.0.2.1')
    expect(admittance.total).toBe(11)
    expect(enter('192.0.2.3', 1)).toEqual([undefined])
  })

  it('limits new connections a second by address, by network, and in all', () => {
    const { clock, pass } = handClock()
    const [acceptPerHost, acceptPerNetwork, accept] = [2, 3, 4].map((burst) => ({ perSecond: 1, burst }))
    const limits = { ...defaultLimits, acceptPerHost, acceptPerNetwork, accept } as typeof defaultLimits
    const admittance = new Admittance(clock, limits)
    const said = ['1', '1', '1', '2', '3'].map((last) => admittance.enter(`192.0.2.${last}`))
    expect(said).toEqual([undefined, undefined, 'host', undefined, 'network'])
    expect([admittance.enter('198.51.100.1'), admittance.enter('203.0.113.1')]).toEqual([undefined, 'rate'])
    pass(1_000)
    expect(admittance.enter('192.0.2.1')).toBeUndefined()
  })

  it('counts an IPv6 host by its /64, its network by its /48, and IPv4 inside IPv6 as IPv4', () => {
    expect(placeOf('2001:db8:1:2:3:4:5:6')).toEqual({ host: '2001:db8:1:2::/64', network: '2001:db8:1::/48' })
    expect(placeOf('2001:DB8::1')).toEqual({ host: '2001:db8:0:0::/64', network: '2001:db8:0::/48' })
    expect(placeOf('fe80::1%eth0')).toEqual({ host: 'fe80:0:0:0::/64', network: 'fe80:0:0::/48' })
    expect(placeOf('::ffff:192.0.2.77')).toEqual({ host: '192.0.2.77', network: '192.0.2.0/24' })
  })
})
