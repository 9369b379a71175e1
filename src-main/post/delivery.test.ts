import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Secret, silentLog, systemClock, systemRandom } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'
import { openStore, type OutboxRow, type Store } from '../store/index.ts'
import { type Carrier, Delivery, MESSAGE_TTL_MS, type MessageWay, type Prepare, type Sent } from './index.ts'

const BOB = `0x${'b'.repeat(64)}`
const DEVICE = 'd'.repeat(64)
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('the outbox is delivered', () => {
  let folder: string
  let store: Store
  let delivery: Delivery | undefined
  let sent: { id: number; device: string }[]
  let answer: (id: number) => Promise<Sent> | Sent
  /** What the clock was set by. */
  let ahead: number
  const clock = { ...systemClock, now: () => Date.now() + ahead }

  const carrier: Carrier = {
    send: async (to, envelope) => {
      const id = envelope[0] ?? 0
      sent.push({ id, device: to.device })
      return answer(id)
    },
  }
  const start = (prepare: Prepare = async () => undefined) => {
    delivery = new Delivery({ store, carrier, prepare, clock, random: systemRandom, log: silentLog })
    delivery.start()
    return delivery
  }
  const row = (id: number, change: Partial<OutboxRow> = {}): OutboxRow => ({
    id: id.toString(16).padStart(32, '0'),
    kind: 'event',
    address: BOB,
    device: DEVICE,
    envelope: Uint8Array.of(id),
    event: undefined,
    messageId: undefined,
    groupId: undefined,
    state: 'sending',
    attempts: 0,
    nextAttemptAt: Date.now(),
    createdAt: Date.now(),
    expiresAt: Date.now() + MESSAGE_TTL_MS,
    ...change,
  })

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'parley-post-'))
    store = openStore({
      file: join(folder, 'x.db'),
      key: new Secret(new Uint8Array(32).fill(7)),
      clock: systemClock,
      log: silentLog,
    })
    sent = []
    ahead = 0
    answer = () => 'delivered'
  })
  afterEach(() => {
    delivery?.stop()
    store.close()
    rmSync(folder, { recursive: true })
  })

  test('rows go out in the order in which they were written, and those without a receipt to wait for are gone', async () => {
    store.transaction(() => {
      for (let id = 1; id <= 100; id++) store.outbox.add(row(id))
    })
    start()
    await expect.poll(() => store.outbox.count()).toBe(0)
    expect(sent.map((one) => one.id)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1))
  })

  test('a chat message stays until its receipt, but is not sent again at once', async () => {
    store.outbox.add(row(1, { messageId: 'a'.repeat(32) }))
    const states: string[] = []
    start().on('progress', ({ state }) => states.push(state))
    await expect.poll(() => states).toEqual(['delivered'])
    await later(100)
    expect(sent).toHaveLength(1)
    expect(store.outbox.get(row(1).id)).toMatchObject({ state: 'stored' })
    expect((store.outbox.nextAt() ?? 0) - Date.now()).toBeGreaterThan(60_000)
  })

  test.each([
    ['direct', 'direct'],
    ['delivered', 'relayed'],
    ['queued', 'stored'],
  ] as const)('what is %s went %s, and a repeat goes no other way', async (result, wanted) => {
    answer = () => result
    store.outbox.add(row(1, { messageId: 'a'.repeat(32) }))
    const ways: (MessageWay | undefined)[] = []
    const running = start()
    running.on('progress', ({ way }) => ways.push(way))
    await expect.poll(() => ways).toEqual([wanted])
    store.outbox.update(row(1).id, { nextAttemptAt: Date.now() })
    running.wake()
    await expect.poll(() => ways).toEqual([wanted, undefined])
  })

  test('offline: tried again with growing waits, at once when links are back', async () => {
    answer = () => {
      throw new ParleyError('offline', 'no link')
    }
    store.outbox.add(row(1))
    const running = start()
    await expect.poll(() => sent.length).toBeGreaterThanOrEqual(2)
    answer = () => 'delivered'
    running.hastenAll()
    await expect.poll(() => store.outbox.count()).toBe(0)
  })

  test('a clock that is set back holds nothing up, and no end of the program', async () => {
    answer = () => {
      throw new ParleyError('offline', 'no link')
    }
    store.outbox.add(row(1))
    const running = start()
    await expect.poll(() => sent.length).toBe(1)
    const drained = running.drain(20)
    ahead = -3_600_000
    await drained
    answer = () => 'delivered'
    await expect.poll(() => store.outbox.count()).toBe(0)
  })

  test('what is hastened while an attempt runs is tried again at once when that attempt fails', async () => {
    const first = Promise.withResolvers<Sent>()
    answer = () => first.promise
    store.outbox.add(row(1, { attempts: 8 }))
    const running = start()
    await expect.poll(() => sent.length).toBe(1)
    answer = () => 'delivered'
    running.hastenAll()
    first.reject(new ParleyError('payment_required', 'not paid yet', { retryAfter: 60_000 }))
    await expect.poll(() => store.outbox.count()).toBe(0)
    expect(sent).toHaveLength(2)
  })

  test('a refusal for good fails once, with its reason, and is not tried again', async () => {
    answer = () => {
      throw new ParleyError('not_a_contact', 'refused')
    }
    store.outbox.add(row(1, { messageId: 'a'.repeat(32) }))
    const failures: (string | undefined)[] = []
    start().on('progress', ({ state, failure }) => state === 'failed' && failures.push(failure))
    await expect.poll(() => failures).toEqual(['not_a_contact'])
    expect(store.outbox.count()).toBe(0)
    expect(sent).toHaveLength(1)
  })

  test('after 30 days it fails with words instead of being tried for ever', async () => {
    store.outbox.add(row(1, { expiresAt: Date.now() - 1 }))
    const failures: (string | undefined)[] = []
    start().on('progress', ({ failure }) => failures.push(failure))
    await expect.poll(() => failures).toEqual(['expired'])
    expect(sent).toEqual([])
  })

  test('a row without an envelope is prepared, one for each device, and then sent', async () => {
    store.outbox.add(row(1, { device: '', envelope: new Uint8Array() }))
    let ready = false
    const running = start(async () =>
      ready
        ? [
            { device: 'one', envelope: Uint8Array.of(11) },
            { device: 'two', envelope: Uint8Array.of(12) },
          ]
        : undefined,
    )
    await later(50)
    expect(sent).toEqual([])
    ready = true
    running.hasten(BOB)
    await expect.poll(() => sent.map((one) => `${one.device} ${one.id}`).sort()).toEqual(['one 11', 'two 12'])
    await expect.poll(() => store.outbox.count()).toBe(0)
  })

  test('a row that was given to a new group while its old envelope was on the way goes out again', async () => {
    const old = Promise.withResolvers<Sent>()
    answer = (id) => (id === 1 ? old.promise : 'delivered')
    store.outbox.add(row(1, { messageId: 'a'.repeat(32), event: Uint8Array.of(9) }))
    const running = start(async () => [{ device: DEVICE, envelope: Uint8Array.of(2) }])
    await expect.poll(() => sent.length).toBe(1)
    store.outbox.update(row(1).id, { envelope: new Uint8Array(), nextAttemptAt: Date.now() })
    old.resolve('queued')
    running.wake()
    await expect.poll(() => sent.map((one) => one.id)).toEqual([1, 2])
  })

  test('a restart goes on where the process was killed', async () => {
    answer = () => {
      throw new ParleyError('offline', 'no link')
    }
    store.outbox.add(row(1))
    start()
    await expect.poll(() => sent.length).toBe(1)
    delivery?.stop()
    answer = () => 'queued'
    store.outbox.update(row(1).id, { nextAttemptAt: Date.now() })
    start()
    await expect.poll(() => store.outbox.count()).toBe(0)
  })
})
