import { beforeEach, expect, test } from 'vitest'
import { type Clock, silentLog, systemRandom } from '../base/index.ts'
import type { Cards } from '../features/ion/index.ts'
import type { AccountContext } from './account-types.ts'
import { LedgerContacts } from './ledger-contacts.ts'

const BOB = '0xb0b'
const PHONE = { addressText: BOB, deviceId: 'phone' }
const DAY = 24 * 3600_000
const CONNECTED = [{ state: 'connected' }]
let now: number
let asked: number[]
let online: boolean
let card: { device: typeof PHONE; issuedAt: number } | undefined
let contacts: LedgerContacts
let tell: (name: 'links' | 'presence', payload: unknown) => void

beforeEach(() => {
  now = Date.UTC(2026, 10, 21)
  asked = []
  online = false
  card = undefined
  const listeners = new Map<string, (payload: unknown) => void>()
  tell = (name, payload) => listeners.get(name)?.(payload)
  const settings = new Map<string, unknown>()
  const clock = { now: () => now, steady: () => now } as Clock
  const account = {
    overlay: {
      on: (name: string, listener: (payload: unknown) => void) => listeners.set(name, listener),
      isOnline: () => online,
    },
    store: {
      settings: {
        get: (name: string) => settings.get(name),
        set: (name: string, value: unknown) => settings.set(name, value),
      },
      contacts: { get: (address: string) => (address === BOB ? { state: 'accepted' } : undefined) },
    },
    devices: { learn: () => {} },
    parts: { clock, random: systemRandom, log: silentLog },
  } as unknown as AccountContext
  const newest = () => {
    asked.push(now)
    return Promise.resolve(card)
  }
  contacts = new LedgerContacts(account, () => ({ newest }) as unknown as Cards)
  contacts.start()
})

/** Looks every five seconds, as for something that waits. */
async function wait(ms: number): Promise<void> {
  for (const end = now + ms; now < end; now += 5_000) {
    contacts.seek(BOB)
    await new Promise(setImmediate)
  }
}

test('nothing is asked while nodes had no time to say who is there, nor for somebody whom they have online', async () => {
  await wait(60_000)
  tell('links', CONNECTED)
  contacts.seek(BOB)
  expect(asked).toEqual([])
  online = true
  await wait(60_000)
  expect(asked).toEqual([])
  online = false
  contacts.seek(BOB)
  expect(asked).toEqual([now])
})

test('the ledger is asked ever less often, and some fifty times in a day', async () => {
  tell('links', CONNECTED)
  await wait(DAY)
  expect(asked.length).toBeLessThan(60)
  expect(asked.filter((at) => at < (asked[0] ?? 0) + 120_000).length).toBeGreaterThan(2)
})

test('a card makes somebody known there, until nodes have them again; a stranger is not remembered', async () => {
  tell('links', CONNECTED)
  tell('presence', { address: BOB, online: true })
  tell('presence', { address: BOB, online: false })
  card = { device: PHONE, issuedAt: now - 1 }
  await wait(10_000)
  expect(contacts.has(BOB)).toBe(false)
  card = { device: PHONE, issuedAt: now }
  await wait(60_000)
  expect(contacts.has(BOB)).toBe(true)
  online = true
  expect(contacts.has(BOB)).toBe(false)
  tell('presence', { address: BOB, online: true })
  online = false
  expect(contacts.has(BOB)).toBe(false)
  contacts.heard({ addressText: '0x5', deviceId: 'other' } as never, now + 1)
  expect(contacts.has('0x5')).toBe(false)
})

test('without any link to a node nobody is known to be absent there', async () => {
  contacts.heard(PHONE as never, now)
  expect(contacts.has(BOB)).toBe(false)
  tell('links', CONNECTED)
  now += 5_000
  expect(contacts.has(BOB)).toBe(true)
  tell('links', [{ state: 'waiting' }])
  expect(contacts.has(BOB)).toBe(false)
})
