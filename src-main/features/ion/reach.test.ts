import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { type Clock, silentLog, systemRandom } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { Store } from '../../store/index.ts'
import { ANSWERS_PER_DAY, CONNECTIONS_PER_DAY, OFFERS_PER_DAY, STALE_MS, UNSENT_MOST_MS, WISH_MS } from './constants.ts'
import { Reach } from './reach.ts'

const BOB = '0xb0b'
const DAY = 24 * 3600_000
let now: number
let timers: { at: number; task: () => void }[]
let offers: { at: number; device: string; replaces: Uint8Array | undefined }[]
let reached: boolean
let usable: boolean
let budgetUsedUp: boolean
let waiting: string[]
let sought: string[]
let connect: () => void
let reach: Reach
const settings = new Map<string, unknown>()

/** Time that passes only by `pass`. */
const clock: Clock = {
  now: () => now,
  steady: () => now,
  after: (ms, task) => {
    const timer = { at: now + ms, task }
    timers.push(timer)
    return () => (timers = timers.filter((each) => each !== timer))
  },
}

async function pass(ms: number): Promise<void> {
  const end = now + ms
  for (;;) {
    const next = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
    if (!next) break
    timers = timers.filter((each) => each !== next)
    now = Math.max(now, next.at)
    next.task()
    await Promise.resolve().then(() => new Promise(setImmediate))
  }
  now = end
}

beforeEach(() => {
  now = Date.UTC(2026, 10, 21)
  timers = []
  offers = []
  reached = false
  usable = true
  budgetUsedUp = false
  waiting = []
  sought = []
  connect = () => {}
  settings.clear()
  reach = open()
  onTestFinished(() => reach.stop())
})

function open(): Reach {
  const store = {
    settings: {
      get: (name: string) => settings.get(name),
      set: (name: string, value: unknown) => settings.set(name, value),
    },
  } as unknown as Store
  const made = new Reach({
    store,
    usable: () => usable,
    seek: (address) => sought.push(address),
    deviceOf: async (address) => `device of ${address}`,
    checkBudget: () => {
      if (budgetUsedUp) throw new ParleyError('rate_limited', 'Enough.', { retryAfter: 1 })
    },
    isReached: () => reached,
    connect: (device, replaces) => {
      offers.push({ at: now, device, replaces })
      queueMicrotask(connect)
    },
    waiting: () => waiting,
    clock,
    random: systemRandom,
    log: silentLog,
  })
  made.start()
  return made
}

test('nothing is offered while nothing waits, is reached already, or may not be written', async () => {
  await pass(DAY)
  waiting = [BOB]
  usable = false
  await pass(DAY)
  usable = true
  reached = true
  await pass(DAY)
  expect(offers).toEqual([])
})

test('for a message that waits: at once, then ever more rarely, at most twelve times a day, over restarts too', async () => {
  waiting = [BOB]
  await pass(10_000)
  expect(offers).toHaveLength(1)
  await pass(3600_000)
  const gaps = offers.slice(1).map(({ at }, index) => at - (offers[index]?.at ?? 0))
  expect(gaps.length).toBeGreaterThan(3)
  for (let index = 2; index < gaps.length; index++) expect(gaps[index]).toBeGreaterThan(gaps[index - 2] ?? 0)
  for (let restart = 0; restart < 50; restart++) {
    reach.stop()
    reach = open()
    await pass(20_000)
  }
  expect(offers).toHaveLength(OFFERS_PER_DAY)
  budgetUsedUp = true
  await expect(reach.ask(BOB)).rejects.toMatchObject({ code: 'rate_limited', retryAfter: 1 })
  budgetUsedUp = false
  await reach.ask(BOB)
  expect(offers.splice(-1)).toHaveLength(1)
  await pass(DAY)
  expect(offers.length).toBeGreaterThan(OFFERS_PER_DAY)
  expect(offers.length).toBeLessThanOrEqual(2 * OFFERS_PER_DAY)
})

test('whoever did not accept leaves the offer to the other for a while; a path that opened clears the past', async () => {
  reach.leaveItTo(BOB)
  reach.want(BOB)
  await pass(1_000)
  expect(offers).toEqual([])
  waiting = [BOB]
  await pass(60_000)
  expect(offers.length).toBeGreaterThan(0)
  reach.opened(BOB)
  const before = offers.length
  reach.want(BOB)
  await pass(0)
  await pass(1)
  expect(offers).toHaveLength(before + 1)
})

test('of offers that came too late the last one is answered by one of ours, once a minute', async () => {
  expect(reach.isFresh(now - STALE_MS)).toBe(true)
  expect(reach.isFresh(now - STALE_MS - 1)).toBe(false)
  expect(reach.isFresh(now + 120_000)).toBe(true)
  const [first, last] = [new Uint8Array(16).fill(1), new Uint8Array(16).fill(2)]
  reach.missed(BOB, first, now - 3600_000)
  reach.missed(BOB, last, now - 600_000)
  reach.missed('0xa11', first, now - 2 * DAY)
  await pass(1_000)
  expect(offers).toMatchObject([{ device: `device of ${BOB}`, replaces: last }])
  reach.missed(BOB, first, now - 600_000)
  await pass(1_000)
  expect(offers).toHaveLength(1)
})

test('offers whose connection opened do not count, up to a bound', async () => {
  for (let time = 0; time < CONNECTIONS_PER_DAY + 5; time++) {
    reach.want(BOB)
    await pass(1_000)
    reach.opened(BOB)
    if (time > OFFERS_PER_DAY && time < CONNECTIONS_PER_DAY) expect(offers).toHaveLength(time + 1)
  }
  expect(offers).toHaveLength(CONNECTIONS_PER_DAY)
})

test('the wish for a first connection outlives failures and a restart, until it opens or some hours are over', async () => {
  usable = false
  reach.unsent(BOB, new Uint8Array([7]))
  await pass(60_000)
  reach.stop()
  reach = open()
  usable = true
  await pass(100_000)
  expect(offers.length).toBeGreaterThan(1)
  reach.opened(BOB)
  const before = offers.length
  await pass(DAY)
  expect(offers).toHaveLength(before)
  reach.unsent(BOB, new Uint8Array([7]))
  await pass(WISH_MS + DAY)
  expect(offers[before]?.replaces).toEqual(new Uint8Array([7]))
  const after = offers.length
  await pass(DAY)
  expect(offers).toHaveLength(after)
})

test('what could not be written costs no try: it goes again within seconds, and at once when the ledger is back', async () => {
  connect = () => reach.unsent(BOB)
  reach.persist(BOB)
  await pass(20_000)
  expect(offers.length).toBeGreaterThan(2)
  await pass(UNSENT_MOST_MS * 2 * OFFERS_PER_DAY)
  const during = offers.length
  expect(during).toBeGreaterThan(OFFERS_PER_DAY)
  await pass(UNSENT_MOST_MS)
  expect(offers.length - during).toBeLessThan(4)
  expect(reach.expecting).toBe(true)
  connect = () => reach.sent(BOB)
  const before = offers.length
  reach.back()
  await new Promise(setImmediate)
  expect(offers).toHaveLength(before + 1)
  reach.back()
  await pass(10_000)
  expect(offers).toHaveLength(before + 1)
})

test('an answer that could not be written becomes an offer as soon as the ledger is back, whoever was to offer', async () => {
  reach.leaveItTo(BOB)
  for (let time = 0; time < 2 * ANSWERS_PER_DAY; time++) {
    expect(reach.mayAnswer(BOB)).toBe(true)
    reach.unsent(BOB, new Uint8Array([7]))
  }
  reach.back()
  await pass(1)
  expect(offers).toMatchObject([{ replaces: new Uint8Array([7]) }])
})

test('an offer that came while its sender was blocked is replaced by ours, once', async () => {
  reach.ignore(BOB, new Uint8Array([1]))
  reach.ignore(BOB, new Uint8Array([2]))
  await pass(60_000)
  expect(offers).toEqual([])
  reach.want(BOB)
  await pass(60_000)
  reach.want(BOB)
  await pass(10_000)
  expect(offers.map(({ replaces }) => replaces)).toEqual([new Uint8Array([2]), undefined])
})

test('a ledger that comes back changes nothing for whoever leaves the offer to the other', async () => {
  reach.persist(BOB)
  await pass(1)
  reach.leaveItTo(BOB)
  reach.back()
  await pass(10_000)
  expect(offers).toHaveLength(1)
})

test('what waits for somebody whose way the ledger is not is looked for, and nothing is offered', async () => {
  usable = false
  waiting = [BOB]
  await pass(11_000)
  expect(sought).toEqual([BOB, BOB])
  expect(offers).toEqual([])
  usable = true
  await pass(5_000)
  expect(offers).toHaveLength(1)
  expect(sought).toHaveLength(2)
})

test('an offer that was missed while it was not known yet that the ledger is the way is followed by ours', async () => {
  usable = false
  reach.missed(BOB, Uint8Array.of(7), now - STALE_MS - 1)
  await pass(1_000)
  expect(offers).toEqual([])
  usable = true
  await pass(5_000)
  expect(offers).toMatchObject([{ replaces: Uint8Array.of(7) }])
})
