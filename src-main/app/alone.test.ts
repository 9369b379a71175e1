import { beforeEach, expect, test } from 'vitest'
import type { Clock } from '../base/index.ts'
import { ALONE_MS } from '../features/ion/index.ts'
import type { Store } from '../store/index.ts'
import { Alone } from './alone.ts'

const CONNECTED = [{ state: 'connected' }] as const
let unlinkedMs: number
let timers: { ms: number; task: () => void }[]
let changes: number
let friends: { state: string }[]
let alone: Alone
const settings = new Map<string, unknown>()

beforeEach(() => {
  unlinkedMs = 0
  timers = []
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
  const clock: Clock = {
    now: () => 0,
    steady: () => 0,
    after: (ms, task) => {
      const timer = { ms, task }
      timers.push(timer)
      return () => void (timers = timers.filter((each) => each !== timer))
    },
  }
  return new Alone({ store, unlinkedMs: () => unlinkedMs, changed: () => changes++, clock })
}

test('the card is old once no node has been linked for long, once for each loss, also over a restart', () => {
  alone.links(CONNECTED)
  unlinkedMs = ALONE_MS - 1
  expect(alone.isCardOld).toBe(false)
  unlinkedMs = ALONE_MS
  for (const each of [alone, open()]) expect(each.isCardOld).toBe(true)
  alone.published()
  for (const each of [alone, open()]) expect(each.isCardOld).toBe(false)
  alone.links(CONNECTED)
  expect(alone.isCardOld).toBe(true)
})

test('a card that is written while a node is linked says nothing of its loss', () => {
  alone.links(CONNECTED)
  alone.published()
  unlinkedMs = ALONE_MS
  expect(alone.isCardOld).toBe(true)
})

test('who never had a node, or has no contact, writes no other card', () => {
  unlinkedMs = ALONE_MS
  expect(alone.isCardOld).toBe(false)
  alone.links(CONNECTED)
  friends = [{ state: 'incoming' }]
  expect(alone.isCardOld).toBe(false)
})

test('it is told when the time has come, not before, and not after nodes are back', () => {
  unlinkedMs = 20_000
  alone.turned(true)
  expect(timers.map(({ ms }) => ms)).toEqual([ALONE_MS - 20_000])
  // A timer that fires a moment too early.
  unlinkedMs = ALONE_MS - 1
  timers.splice(0)[0]?.task()
  expect(changes).toBe(0)
  unlinkedMs = ALONE_MS
  timers.splice(0)[0]?.task()
  expect(changes).toBe(1)
  unlinkedMs = 20_000
  alone.turned(true)
  alone.turned(false)
  expect(timers).toEqual([])
})
