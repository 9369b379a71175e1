import { beforeEach, expect, test } from 'vitest'
import type { Clock } from '../base/index.ts'
import { NodeTurn } from './node-turn.ts'

const CONNECTED = [{ state: 'waiting' }, { state: 'connected' }] as const
const WAITING = [{ state: 'waiting' }] as const

let passed: number
let set: number
let timers: { at: number; task: () => void }[]
let changes: boolean[]

const clock: Clock = {
  now: () => passed + set,
  steady: () => passed,
  after: (ms, task) => {
    const timer = { at: passed + ms, task }
    timers.push(timer)
    return () => void (timers = timers.filter((other) => other !== timer))
  },
}

const begin = (given: boolean) => {
  const turn: NodeTurn = new NodeTurn({ given, changed: () => changes.push(turn.isOver), clock })
  turn.start()
  return turn
}

function pass(ms: number): void {
  passed += ms
  const due = timers.filter(({ at }) => at <= passed)
  timers = timers.filter(({ at }) => at > passed)
  for (const { task } of due) task()
}

beforeEach(() => {
  passed = set = 0
  timers = []
  changes = []
})

test('the ledger waits until its registry was searched, and for a while where nobody answers that', () => {
  const [turn, unanswered] = [begin(false), begin(false)]
  expect(turn.isOver).toBe(false)
  turn.searched(0)
  expect(turn.isOver).toBe(true)
  expect(unanswered.isOver).toBe(false)
  pass(20_000)
  expect(unanswered.isOver).toBe(true)
})

test.each([
  ['given', (turn: NodeTurn) => turn.searched(0), true],
  ['kept', (turn: NodeTurn) => turn.links(WAITING), false],
  ['found', (turn: NodeTurn) => turn.searched(3), false],
] as const)('nodes that were %s are waited for', (_, know, given) => {
  const turn = begin(given)
  know(turn)
  pass(19_999)
  expect(turn.isOver).toBe(false)
  pass(1)
  expect(changes).toEqual([true])
})

test('a node that is linked ends the ledger’s turn at once; some seconds without one begin it', () => {
  const turn = begin(false)
  turn.searched(0)
  turn.links(CONNECTED)
  expect(changes).toEqual([true, false])
  pass(60_000)
  turn.links(WAITING)
  pass(10_000)
  turn.links(CONNECTED)
  turn.links(WAITING)
  pass(19_999)
  expect(changes).toHaveLength(2)
  pass(1)
  expect(changes).toEqual([true, false, true])
})

test('neither a clock that is set back nor a machine that slept makes anybody wait longer', () => {
  const turn = begin(true)
  set = -3_600_000
  pass(20_000)
  expect(turn.isOver).toBe(true)
  const other = begin(true)
  set = 0
  expect(other.isOver).toBe(true)
})

test('a timer that fires a moment too early does not leave the ledger waiting for the next link', () => {
  begin(true)
  const [early] = timers.splice(0)
  passed = 19_999
  early?.task()
  expect(changes).toEqual([])
  pass(1)
  expect(changes).toEqual([true])
  expect(timers).toEqual([])
})

test('nothing is told after the stop', () => {
  const turn = begin(true)
  turn.stop()
  expect(timers).toEqual([])
  turn.links(CONNECTED)
  expect(changes).toEqual([])
})
