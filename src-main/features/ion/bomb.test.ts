import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentLog, systemClock, utf8 } from '../../base/index.ts'
import type { Ledger } from '../../ledger/index.ts'
import { newPerson } from '../../ledger/testing/index.ts'
import { LETTER_MAGIC } from '../../wire/index.ts'
import { Letters } from './letters.ts'
import { PAGE, PAGES_PER_LOOK, STRANGER_OPENS, STRANGER_WINDOW_MS } from './constants.ts'
import { Senders } from './senders.ts'
import { openTestBoard, type TestBoard, testPayer } from './test-board.ts'
import { type BombedLedger, junk, startBombedLedger } from './test-bomb.ts'
import { newWriter, type Writer } from './test-writer.ts'

const ATTACKERS = 20
const JUNK = 10_000
/** Pages of the ledger that are read until the first and the last letter are found: the oldest, and then the newest. */
const FIRST_PAGES = 2

let bombed: BombedLedger
let bob: Writer
let atBob: TestBoard
let letters: Letters
let pages = 0
const heard = new Map<string, number>()

beforeAll(async () => {
  bombed = await startBombedLedger(ATTACKERS)
  bob = newWriter(await bombed.ledger.chain())
  atBob = await openTestBoard(countingPages(bombed.ledger), { poor: true })
  letters = new Letters({
    sealer: bob.sealer,
    store: atBob.store,
    isKnown: () => false,
    onSignal: ({ bytes }) => heard.set(Buffer.from(bytes).toString(), pages),
    receive: (_, __, accept) => accept(),
    clock: systemClock,
    log: silentLog,
  })
  // Bob was here before the bomb.
  const watch = listen()
  await new Promise((resolve) => setTimeout(resolve, 300))
  watch.stop()
}, 60_000)

afterAll(async () => {
  atBob.close()
  await bombed.stop()
})

function countingPages(ledger: Ledger): Ledger {
  return new Proxy(ledger, {
    get(target, name) {
      if (name === 'memos') pages++
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

function listen() {
  const options = { magic: LETTER_MAGIC, from: 'kept', expecting: () => true } as const
  return atBob.board.watch(bob.address, options, (memos) => letters.hear(memos))
}

/** A letter from somebody new. */
async function write(note: string): Promise<void> {
  const writer = newWriter(bob.sealer.chain)
  const person = newPerson(writer.seed)
  await bombed.ledger.faucet(person.address)
  const letter = await writer.letter(bob.sealer, { Signal: utf8(note) })
  await testPayer(bombed.ledger, person).sendMemo(bob.address, 1n, letter)
}

/** Pages that were read until a letter was heard. */
async function heardAfter(note: string, before: number): Promise<number> {
  await expect.poll(() => heard.has(note), { timeout: 60_000, interval: 5 }).toBe(true)
  return (heard.get(note) ?? Number.NaN) - before
}

test('10,000 junk memos that came while this device was away delay neither what came first nor what came last', async () => {
  const device = bob.sealer.certificate.deviceId
  await write('first')
  await bombed.bomb(bob.address, device, JUNK / 2)
  await write('between')
  await bombed.bomb(bob.address, device, JUNK / 2)
  await write('last')
  const before = pages
  const watch = listen()
  expect(await heardAfter('first', before)).toBeLessThanOrEqual(FIRST_PAGES)
  expect(await heardAfter('last', before)).toBeLessThanOrEqual(FIRST_PAGES)
  // What lies deep in between takes its pages, each look's newest page beside them, and is not lost.
  const inBetween = (JUNK / 2 / PAGE) * (1 + 1 / PAGES_PER_LOOK)
  expect(await heardAfter('between', before)).toBeLessThanOrEqual(inBetween + FIRST_PAGES)
  expect(letters.opened).toBeLessThanOrEqual(STRANGER_OPENS * ATTACKERS + 3)
  watch.stop()
}, 180_000)

/** The watch has read all that lies on the ledger from before. */
async function caughtUp(): Promise<void> {
  const query = { address: bob.address, side: 'to', magic: LETTER_MAGIC, limit: PAGE, order: 'newest' } as const
  const { newest } = await bombed.ledger.memos(query)
  await expect.poll(() => atBob.store.settings.get(`ion.place.${bob.address}`), { timeout: 30_000 }).toBe(newest)
}

test('while a hundred junk memos come in each second, a new letter is heard with the next look', async () => {
  const watch = listen()
  await caughtUp()
  const flood = bombed.bomb(bob.address, bob.sealer.certificate.deviceId, 400, 200)
  await write('under fire')
  const written = pages
  expect(await heardAfter('under fire', written)).toBeLessThanOrEqual(2 * FIRST_PAGES + PAGES_PER_LOOK)
  await flood
  watch.stop()
}, 60_000)

test('thousands of different senders cost one failed opening each, and a contact is heard before all of them', async () => {
  const friend = newWriter(bob.sealer.chain)
  const crowd = Array.from({ length: 200 }, (_, index) => ({
    digest: `crowd ${index}`,
    sender: `0x${index.toString(16).padStart(64, '0')}`,
    bytes: junk(0, bob.sealer.certificate.deviceId),
    at: 0,
  }))
  const order: string[] = []
  const listener = new Letters({
    sealer: bob.sealer,
    store: atBob.store,
    isKnown: (address) => address === friend.address,
    onSignal: () => order.push(`friend after ${listener.opened}`),
    receive: (_, __, accept) => accept(),
    clock: systemClock,
    log: silentLog,
  })
  const letter = { digest: 'friend', sender: friend.address, at: 0 }
  const bytes = await friend.letter(bob.sealer, { Signal: utf8('it is me') })
  await listener.hear([...crowd, { ...letter, bytes }])
  expect(order).toEqual(['friend after 1'])
  expect(listener.opened).toBe(201)
  // The same bytes again, by whoever: seen, and not opened.
  await listener.hear([
    { ...letter, bytes, sender: crowd[0]?.sender ?? '' },
    { ...letter, bytes },
  ])
  expect(listener.opened).toBe(201)
  expect(order).toHaveLength(1)
})

test('one sender who cannot be opened eight times is not heard for a while', async () => {
  let now = Date.now()
  const clock = { ...systemClock, now: () => now }
  const senders = new Senders(clock)
  let opened = 0
  for (let round = 0; round < 100; round++) {
    if (senders.mayOpen('0x01')) {
      opened++
      senders.failed('0x01')
    }
    now += STRANGER_WINDOW_MS / STRANGER_OPENS
  }
  // 100 quarters of a minute: eight failures, ten minutes of silence, and so on.
  expect(opened).toBeLessThan(30)
  expect(senders.mayOpen('0x02')).toBe(true)
})
