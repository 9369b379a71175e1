import { beforeEach, expect, test } from 'vitest'
import type { Clock } from '../../base/index.ts'
import type { Store } from '../../store/index.ts'
import { Whereabouts } from './whereabouts.ts'

const BOB = '0xb0b'
let now: number
let whereabouts: Whereabouts
const settings = new Map<string, unknown>()
const clock = { now: () => now } as Clock

function open(): Whereabouts {
  const store = {
    settings: {
      get: (name: string) => settings.get(name),
      set: (name: string, value: unknown) => settings.set(name, value),
    },
  } as unknown as Store
  return new Whereabouts(store, clock)
}

beforeEach(() => {
  now = Date.UTC(2026, 10, 21)
  settings.clear()
  whereabouts = open()
})

test('the later sign of life counts, also after a restart', () => {
  expect(whereabouts.deviceOf(BOB)).toBeUndefined()
  whereabouts.heard(BOB, 'phone', now - 10)
  expect(whereabouts.deviceOf(BOB)).toBe('phone')
  whereabouts.seen(BOB)
  expect(whereabouts.deviceOf(BOB)).toBeUndefined()
  now += 60_000
  whereabouts.heard(BOB, 'laptop', now)
  for (const each of [whereabouts, open()]) expect(each.deviceOf(BOB)).toBe('laptop')
})

test('a record from before the other was seen at nodes says nothing', () => {
  whereabouts.seen(BOB)
  now += 60_000
  whereabouts.seen(BOB)
  whereabouts.heard(BOB, 'phone', now - 30_000)
  expect(whereabouts.deviceOf(BOB)).toBeUndefined()
  whereabouts.seen(BOB, true)
  expect(open().deviceOf(BOB)).toBeUndefined()
})

test('nothing is dated ahead, so that a clock that is wrong is forgotten with the next presence', () => {
  whereabouts.heard(BOB, 'phone', now + 3600_000)
  expect(whereabouts.deviceOf(BOB)).toBe('phone')
  now++
  whereabouts.seen(BOB)
  expect(whereabouts.deviceOf(BOB)).toBeUndefined()
})

test('a presence that is renewed is not written each time', () => {
  whereabouts.seen(BOB)
  const written = settings.get('ion.whereabouts')
  now += 30_000
  whereabouts.seen(BOB)
  expect(settings.get('ion.whereabouts')).toBe(written)
})

test('a crowd of addresses is bounded, and those of long ago are forgotten', () => {
  for (let each = 0; each < 600; each++) whereabouts.heard(`0x${each}`, 'phone', now)
  expect(whereabouts.deviceOf('0x0')).toBeUndefined()
  expect(whereabouts.deviceOf('0x599')).toBe('phone')
})
