import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Log, silentLog } from '../base/index.ts'
import { type Person, startTestnet, TEST_PASSPHRASE, type Testnet } from '../testing/testnet.ts'

const HOUR = 3_600_000
/** The first by its turn may at once, the others an hour later each: now all of three. */
const ALL_MAY = 26 * HOUR + 60_000

let net: Testnet
let bob: Person
let alice: Person
let second: Person
/** The numbers in the log of keys that each has taken, by name. */
const taken: Record<string, number[]> = {}
const made: string[] = []
/** Envelopes that somebody could not read: what would make them ask for a new group. */
const refused: string[] = []

function logOf(name: string): Log {
  const info = (fields: { number?: number; outcome?: string }, text: string) => {
    if (text !== 'a conversation has new keys') return
    ;(taken[name] ??= []).push(fields.number ?? -1)
    if (fields.outcome === 'adopted') made.push(name)
  }
  const warn = (_: object, text: string) => void (text === 'an envelope was refused' && refused.push(name))
  const log: Log = { ...silentLog, info, warn, child: () => log }
  return log
}
const pass = (ms: number) => [bob, alice, second].forEach((person) => person.pass(ms))
const say = (from: Person, text: string) =>
  from.call('chats.send', { chat: from === bob ? alice.address : bob.address, text })
/** What it received, oldest first. */
const texts = async (of: Person) => {
  const chat = of === bob ? alice.address : bob.address
  const { messages } = await of.call('chats.history', { chat, limit: 200 })
  return messages.flatMap(({ outgoing, text }) => (outgoing ? [] : [text])).toReversed()
}
const numbers = (upTo: number) => Array.from({ length: upTo }, (_, index) => index)

beforeAll(async () => {
  net = await startTestnet({ logOf })
  bob = await net.person('Bob', { direct: false })
  alice = await net.person('Alice', { direct: false })
  const { recoveryPhrase } = await alice.call('identity.revealPhrase', { passphrase: TEST_PASSPHRASE })
  second = await net.person('Alice on another device', { phrase: recoveryPhrase, direct: false })
  const isIn = second.next('contact', ({ contact }) => contact.state === 'accepted', 20_000)
  await net.befriend(alice, bob)
  await isIn
  // Bob has the group with all three when he can read what is written in it.
  const heard = bob.next('message', ({ text }) => text === 'I am in', 20_000)
  await say(second, 'I am in')
  await heard
  const both = [alice, second].map((person) => person.next('message', ({ text }) => text === 'to both'))
  await say(bob, 'to both')
  await Promise.all(both)
}, 60_000)
afterAll(() => net.stop())

test('three devices get new keys, and what all of them write meanwhile arrives once', async () => {
  pass(ALL_MAY)
  const written = numbers(30)
  for (const index of written)
    await Promise.all([say(bob, `b${index}`), say(alice, `a${index}`), say(second, `s${index}`)])
  await expect.poll(() => Object.values(taken), { timeout: 20_000 }).toEqual([[0], [0], [0]])
  expect(made).toHaveLength(1)
  const fromBob = ['to both', ...written.map((index) => `b${index}`)]
  for (const one of [alice, second]) await expect.poll(() => texts(one), { timeout: 20_000 }).toEqual(fromBob)
  const atBob = async () => (await texts(bob)).slice(1).toSorted()
  const expected = written.flatMap((index) => [`a${index}`, `s${index}`]).toSorted()
  await expect.poll(atBob, { timeout: 20_000 }).toEqual(expected)
}, 60_000)

test('a device that was away for several epochs reads everything, also of those between', async () => {
  await second.stop()
  const before = taken['Bob']?.length ?? 0
  for (let epoch = 0; epoch < 7; epoch++) {
    pass(ALL_MAY)
    const arrived = alice.next('message', ({ text }) => text === `epoch ${epoch}, 1`)
    await say(bob, `epoch ${epoch}, 0`)
    await expect.poll(() => taken['Bob']?.length).toBe(before + epoch + 1)
    await say(bob, `epoch ${epoch}, 1`)
    await arrived
  }
  await second.restart()
  // Written at once, in keys that the others do not have any more unless it looks first.
  const answered = bob.next('message', ({ text }) => text === 'back', 30_000)
  await say(second, 'back')
  const away = async () => (await texts(second)).filter((text) => text?.startsWith('epoch'))
  const all = numbers(7).flatMap((epoch) => [`epoch ${epoch}, 0`, `epoch ${epoch}, 1`])
  await expect.poll(away, { timeout: 30_000 }).toEqual(all)
  await answered
  await expect.poll(() => taken['Alice on another device']).toEqual(taken['Bob'])
  const heard = second.next('message', ({ text }) => text === 'welcome back')
  await say(bob, 'welcome back')
  await heard
  expect(refused).toEqual([])
}, 90_000)

test('one who makes new keys tells the others that are there: also its own second device, to which nobody writes', async () => {
  await bob.stop()
  pass(ALL_MAY)
  const before = taken['Alice']?.length ?? 0
  await say(alice, 'who hears?')
  await expect.poll(() => taken['Alice']?.length).toBe(before + 1)
  await expect.poll(() => taken['Alice on another device']).toEqual(taken['Alice'])
  await bob.restart()
  await expect.poll(() => taken['Bob']).toEqual(taken['Alice'])
}, 60_000)

test('after three months of silence the log is not trusted: a new group of all three, with a log of its own', async () => {
  const before = taken['Bob']?.length ?? 0
  pass(91 * 24 * HOUR)
  await say(bob, 'long ago')
  for (const one of [alice, second]) await expect.poll(() => texts(one), { timeout: 20_000 }).toContain('long ago')
  // The look after a message has begun it; keys are due in it a day later.
  const fresh = async () => {
    pass(ALL_MAY)
    await say(bob, 'fresh?')
    return Object.values(taken).map((numbers) => numbers.slice(before)[0])
  }
  await expect.poll(fresh, { timeout: 30_000, interval: 500 }).toEqual([0, 0, 0])
  const arrived = [alice, second].map((one) => one.next('message', ({ text }) => text === 'in new keys'))
  await say(bob, 'in new keys')
  await Promise.all(arrived)
  expect(refused).toEqual([])
}, 60_000)
