import { beforeEach, expect, test } from 'vitest'
import { type Clock, silentLog } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'
import type { KnownNode } from '../overlay/index.ts'
import { NodeSearch } from './node-search.ts'

const node = (number: number): KnownNode => ({
  nodeKey: `${number}`.padStart(64, '0'),
  fingerprint: `${number}`.padStart(64, 'f'),
  endpoints: ['wss://127.0.0.1:1'],
})

let waits: number[]
let pending: (() => void) | undefined
let registered: KnownNode[]
let away: boolean
let found: KnownNode[][]
let search: NodeSearch

beforeEach(() => {
  waits = []
  pending = undefined
  registered = Array.from({ length: 50 }, (_, number) => node(number))
  away = false
  found = []
  let draws = 0
  const clock: Clock = {
    now: () => 0,
    steady: () => 0,
    after: (ms, task) => {
      waits.push(ms)
      pending = task
      return () => void (pending = undefined)
    },
  }
  search = new NodeSearch({
    find: () => (away ? Promise.reject(new ParleyError('ledger_unreachable', 'away')) : Promise.resolve(registered)),
    found: (nodes) => void found.push([...nodes]),
    clock,
    random: { bytes: (length) => new Uint8Array(length), float: () => (draws++ * 0.618) % 1 },
    log: silentLog,
  })
})

/** The next look, if there is to be one. */
async function look(): Promise<void> {
  const task = pending
  pending = undefined
  task?.()
  await new Promise((resolve) => setImmediate(resolve))
}

test('who knows no node looks at once, others give theirs some seconds; some of what is found are tried, by chance', async () => {
  search.start(false)
  await look()
  expect(found).toHaveLength(1)
  expect(found[0]).toHaveLength(16)
  await look()
  expect(found[1]).not.toEqual(found[0])
  search.stop()
})

test('it rests while a node is linked, and looks again some seconds after the last link is lost', async () => {
  search.start(true)
  expect(waits[0]).toBeGreaterThanOrEqual(4_000)
  search.links(1)
  expect(pending).toBeUndefined()
  search.links(2)
  search.links(0)
  expect(pending).toBeDefined()
  expect(waits.at(-1)).toBeLessThanOrEqual(8_000)
  await look()
  expect(found).toHaveLength(1)
})

test('where nothing is registered it looks ever less often, and without its ledger twice a minute at the least', async () => {
  registered = []
  search.start(true)
  for (let times = 0; times < 12; times++) await look()
  expect(found).toEqual([])
  expect(waits.at(-1)).toBeGreaterThanOrEqual(150_000)
  expect(Math.max(...waits)).toBeLessThanOrEqual(300_000)
  away = true
  await look()
  expect(waits.at(-1)).toBeLessThanOrEqual(30_000)
  search.stop()
  expect(pending).toBeUndefined()
})

test('what is found after the stop, or once a node is linked, is not used', async () => {
  search.start(false)
  search.stop()
  await look()
  search.start(true)
  const task = pending
  task?.()
  search.links(1)
  await new Promise((resolve) => setImmediate(resolve))
  expect(found).toEqual([])
  expect(pending).toBeUndefined()
})
