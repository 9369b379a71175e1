import { beforeEach, expect, test } from 'vitest'
import type { Clock } from '../base/index.ts'
import { ALONE_MS } from '../features/ion/index.ts'
import type { Store } from '../store/index.ts'
import { Alone } from './alone.ts'

const CONNECTED = [{ state: 'connected' }] as const
const WAITING = [{ state: 'waiting' }] as const
const LOOK_MS = 15_000
let now: number
let changes: number
let friends: { state: string }[]
let alone: Alone
const settings = new Map<string, unknown>()

beforeEach(() => {
  now = Date.UTC(2026, 10, 21)
  changes = 0
  friends = [{ state: 'accepted' }]
  settings.clear()
  alone = open()
})

function open(): Alone {
  const store = {
    settings: {
      get: (name: string) => settings.get(name),
      set: (name: string, value: unknown) => settings.set(name, value),
    },
    contacts: { list: () => friends },
  } as unknown as Store
  const clock: Clock = { now: () => now, steady: () => now, after: () => () => {} }
  return new Alone({ store, changed: () => changes++, clock })
}

/** The ledger is looked at, and answers. */
function pass(ms: number): void {
  for (const end = now + ms; now < end; now += LOOK_MS) alone.answered()
  alone.answered()
}

test('the card is old once no node was linked for long, once for each loss, also over a restart', () => {
  alone.links(CONNECTED)
  pass(2 * ALONE_MS)
  alone.links(WAITING)
  pass(ALONE_MS - 2 * LOOK_MS)
  expect([alone.isCardOld, changes]).toEqual([false, 0])
  pass(2 * LOOK_MS)
  expect([alone.isCardOld, changes]).toEqual([true, 1])
  alone = open()
  pass(2 * ALONE_MS)
  expect([alone.isCardOld, changes]).toEqual([true, 2])
  alone.published()
  expect(alone.isCardOld).toBe(false)
  pass(2 * ALONE_MS)
  expect(changes).toBe(2)
  alone.links(CONNECTED)
  alone.links(WAITING)
  pass(2 * ALONE_MS)
  expect(changes).toBe(3)
})

test('a machine that slept, or had no network, gives its nodes their time anew', () => {
  alone.links(CONNECTED)
  alone.links(WAITING)
  pass(LOOK_MS)
  now += 3600_000
  pass(ALONE_MS - 2 * LOOK_MS)
  expect(changes).toBe(0)
  pass(2 * LOOK_MS)
  expect(changes).toBe(1)
})

test('a card that is written while a node is linked says nothing of its loss', () => {
  alone.links(CONNECTED)
  alone.published()
  alone.links(WAITING)
  pass(2 * ALONE_MS)
  expect(changes).toBe(1)
})

test('who never had a node, or has no contact, writes no other card', () => {
  pass(2 * ALONE_MS)
  alone.links(CONNECTED)
  alone.links(WAITING)
  friends = [{ state: 'incoming' }]
  pass(2 * ALONE_MS)
  expect(changes).toBe(0)
})
