import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentLog, systemClock, utf8 } from '../../base/index.ts'
import { newPerson } from '../../ledger/testing/index.ts'
import { LETTER_MAGIC } from '../../wire/index.ts'
import { Letters } from './letters.ts'
import { STRANGER_OPENS, STRANGER_WINDOW_MS } from './constants.ts'
import { Senders } from './senders.ts'
import { openTestBoard, type TestBoard, testPayer } from './test-board.ts'
import { type BombedLedger, junk, startBombedLedger } from './test-bomb.ts'
import { newWriter, type Writer } from './test-writer.ts'

const ATTACKERS = 20
const JUNK = 10_000
/** The goal that was set for discovery. */
const GOAL_MS = 2_000

let bombed: BombedLedger
let bob: Writer
let atBob: TestBoard
let letters: Letters
const heard: { note: string; at: number }[] = []

beforeAll(async () => {
  bombed = await startBombedLedger(ATTACKERS)
  bob = newWriter(await bombed.ledger.chain())
  atBob = await openTestBoard(bombed.ledger, { poor: true })
  letters = new Letters({
    sealer: bob.sealer,
    store: atBob.store,
    isKnown: () => false,
    onSignal: ({ bytes }) => heard.push({ note: Buffer.from(bytes).toString(), at: performance.now() }),
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

/** When a letter was heard, in ms from then. */
async function heardAfter(note: string, started: number): Promise<number> {
  const find = () => heard.find((each) => each.note === note)
  await expect.poll(find, { timeout: 30_000, interval: 5 }).toBeDefined()
  return (find()?.at ?? Number.NaN) - started
}

test('10,000 junk memos that came while this device was away delay neither what came first nor what came last', async () => {
  const device = bob.sealer.certificate.deviceId
  await write('first')
  await bombed.bomb(bob.address, device, JUNK / 10)
  await write('between')
  await bombed.bomb(bob.address, device, (JUNK / 10) * 9)
  await write('last')
  const started = performance.now()
  const watch = listen()
  expect(await heardAfter('first', started)).toBeLessThan(GOAL_MS)
  expect(await heardAfter('last', started)).toBeLessThan(GOAL_MS)
  // What lies deep in between takes its pages, and is not lost.
  await heardAfter('between', started)
  expect(letters.opened).toBeLessThanOrEqual(STRANGER_OPENS * ATTACKERS + 3)
  watch.stop()
}, 180_000)

test('while a hundred junk memos come in each second, a new letter is heard within 2 s', async () => {
  const watch = listen()
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  const flood = bombed.bomb(bob.address, bob.sealer.certificate.deviceId, 400, 200)
  await write('under fire')
  const time = await heardAfter('under fire', performance.now())
  expect(time).toBeLessThan(GOAL_MS)
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
