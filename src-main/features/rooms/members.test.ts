import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Clock, DailyBudget, DAY_MS, Secret, silentLog, systemClock, systemRandom } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { openStore, type Store } from '../../store/index.ts'
import { Announcer } from './announcer.ts'
import { Approach } from './approach.ts'
import { FORGET_MS, LEDGER_TRIES, MAX_LETTERS_PER_DAY, MAX_MEMBERS, MAX_TICKETS_PER_DAY } from './constants.ts'
import { Members } from './members.ts'
import type { Ticket } from './tickets.ts'
import type { RoomContext } from './types.ts'

const ROOM = `0x${'1'.repeat(64)}`
let folder: string
let store: Store
let now = 1_800_000_000_000
let timers: { at: number; task: () => void }[]
const clock: Clock = {
  now: () => now,
  steady: () => now,
  after: (ms, task) => {
    const timer = { at: now + ms, task }
    timers.push(timer)
    return () => void (timers = timers.filter((other) => other !== timer))
  },
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-members-'))
  const key = new Secret(new Uint8Array(32).fill(3))
  store = openStore({ file: join(folder, 'x.db'), key, clock: systemClock, log: silentLog })
  timers = []
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true })
})

/** Lets time go by, with everything that was planned in it. */
async function pass(ms: number): Promise<void> {
  const end = now + ms
  for (;;) {
    const [next] = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
    if (!next) break
    timers = timers.filter((timer) => timer !== next)
    now = Math.max(now, next.at)
    next.task()
    for (let turn = 0; turn < 5; turn++) await Promise.resolve()
  }
  now = end
}

function ticket(device: string, change: Partial<Ticket> = {}): Ticket {
  return {
    ...{ device, address: `0x${device}`, name: device, tag: device, issuedAt: now, keyPackage: new Uint8Array() },
    ...{ certificate: { deviceId: device } as Ticket['certificate'], bytes: new TextEncoder().encode(device) },
    ...change,
  }
}

describe('members', () => {
  const open = () => new Members(ROOM, { store, clock, log: silentLog })
  const read = (bytes: Uint8Array) => ticket(new TextDecoder().decode(bytes))

  test('a crowd of tickets stays within the bound and never takes the place of who is connected', () => {
    const members = open()
    const friend = members.take(ticket('friend'))
    if (friend) friend.connected = true
    for (let count = 0; count < 1000; count++) members.take(ticket(`d${count}`))
    expect(members.all().length).toBe(MAX_MEMBERS - 1)
    expect(members.get('friend')?.connected).toBe(true)
    for (const member of members.all()) member.connected = true
    expect(members.take(ticket('late'))).toBeUndefined()
  })

  test('an old or repeated ticket is no news, and who has left comes back only by a newer one', () => {
    const members = open()
    const first = ticket('bob')
    const bob = members.take(first)
    expect(members.take(first)).toBeUndefined()
    expect(members.take(ticket('bob', { issuedAt: now - 1 }))).toBeUndefined()
    expect(members.take(ticket('bob', { issuedAt: now + 1, name: 'Robert' }))).toBe(bob)
    expect(bob?.name).toBe('Robert')
    if (bob) members.remove(bob)
    expect(members.take(ticket('bob', { issuedAt: now + 1 }))).toBeUndefined()
    expect(members.take(ticket('bob', { issuedAt: now + 2 }))?.device).toBe('bob')
  })

  test('they are known after a restart, but not those of long ago nor those whose ticket does not hold', () => {
    const before = open()
    for (const device of ['bob', 'bad']) before.take(ticket(device))
    const after = open()
    after.load((bytes) => {
      if (read(bytes).device === 'bad') throw new ParleyError('expired', 'old')
      return read(bytes)
    })
    expect(after.all().map(({ device }) => device)).toEqual(['bob'])
    now += FORGET_MS + 1
    const later = open()
    later.load(read)
    expect(later.all()).toEqual([])
  })
})

describe('what is spent', () => {
  const fee = { burned: 1n, deposit: 1n, relay: 0n }
  const announcer = (post: () => Promise<typeof fee>, alone = () => true) =>
    new Announcer({
      ...{
        clock,
        random: systemRandom,
        log: silentLog,
        alone,
        spent: () => {},
        announced: () => {},
        changed: () => {},
      },
      ...{ room: ROOM, budget: new DailyBudget('rooms.records', store.settings, clock) },
      post,
      ticket: async () => new Uint8Array(),
    })

  test('alone for a day: ever fewer tickets, and never more than the budget, whoever asks', async () => {
    let written = 0
    const lonely = announcer(async () => (written++, fee))
    lonely.start()
    await pass(3600_000)
    expect(written).toBeGreaterThanOrEqual(5)
    expect(written).toBeLessThanOrEqual(8)
    await pass(23 * 3600_000)
    expect(written).toBeLessThanOrEqual(MAX_TICKETS_PER_DAY)
    for (let asked = 0; asked < 400; asked++) {
      lonely.answer()
      await pass(60_000)
    }
    expect(written).toBeLessThanOrEqual(2 * MAX_TICKETS_PER_DAY)
    lonely.stop()
  })

  test('restarts give nothing back: tickets and letters of a UTC day are counted on disk', async () => {
    now = Math.ceil(now / DAY_MS) * DAY_MS
    let [tickets, letters] = [0, 0]
    for (let start = 0; start < MAX_TICKETS_PER_DAY + 10; start++) {
      const again = announcer(async () => (tickets++, fee))
      again.start()
      await pass(10_000)
      again.stop()
    }
    expect(tickets).toBe(MAX_TICKETS_PER_DAY)
    for (let sent = 0; sent < MAX_LETTERS_PER_DAY; sent++)
      await announcer(async () => (letters++, fee)).letter(new Uint8Array())
    const last = announcer(async () => (letters++, fee))
    const retryAfter = DAY_MS - (now % DAY_MS)
    await expect(last.letter(new Uint8Array())).rejects.toMatchObject({ code: 'rate_limited', retryAfter })
    expect(letters).toBe(MAX_LETTERS_PER_DAY)
    now += retryAfter
    await last.letter(new Uint8Array())
  })

  test('in company nothing is written unless somebody asks; a fault of the ledger is tried again, want of money waits', async () => {
    let written = 0
    let code: 'ledger_unreachable' | 'insufficient_funds' | undefined = 'ledger_unreachable'
    const company = announcer(
      async () => {
        if (code) throw new ParleyError(code, 'no')
        written++
        return fee
      },
      () => written > 0,
    )
    company.start()
    await pass(3600_000)
    expect(written).toBe(0)
    const alone = announcer(async () => {
      if (code) throw new ParleyError(code, 'no')
      written++
      return fee
    })
    alone.start()
    await pass(60_000)
    expect([written, alone.reason]).toEqual([0, undefined])
    code = 'insufficient_funds'
    await pass(120_000)
    expect(alone.reason).toBe('insufficient_funds')
    code = undefined
    alone.recheck()
    await pass(1)
    expect([written, alone.reason]).toEqual([1, undefined])
    company.stop()
    alone.stop()
  })

  test('a member that does not answer is offered a connection a bounded number of times, by whoever is lower', async () => {
    const members = new Members(ROOM, { store, clock, log: silentLog })
    let offers = 0
    let answers = 0
    const context = {
      clock,
      peers: { isOpen: () => false, connect: () => offers++, disconnect: () => {} },
    } as unknown as RoomContext
    const replies = { answer: () => answers++ } as unknown as Announcer
    const approach = new Approach('m', members, replies, context, () => {})
    const higher = members.take(ticket('z'))
    const lower = members.take(ticket('a'))
    if (higher) approach.begin(higher)
    if (lower) approach.begin(lower)
    await pass(24 * 3600_000)
    expect([offers, answers]).toEqual([LEDGER_TRIES, LEDGER_TRIES])
    // Given up: the mesh is asked again from time to time, the ledger never.
    const friend = members.take(ticket('friend'))
    if (friend) friend.connected = true
    approach.heal()
    await pass(3600_000)
    expect([offers, answers]).toEqual([LEDGER_TRIES + 2, LEDGER_TRIES])
  })
})
