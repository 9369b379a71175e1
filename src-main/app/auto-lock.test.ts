import { expect, test } from 'vitest'
import type { Clock } from '../base/index.ts'
import { type Channel, connect, type Message, serve } from '../contract/index.ts'
import type { AppControl } from './app-control.ts'
import { AutoLock } from './auto-lock.ts'
import { createHandlers } from './handlers.ts'

const MINUTE = 60_000
const address = `0x${'b0'.repeat(32)}`
const message: Message = {
  id: '0'.repeat(32),
  chat: address,
  author: address,
  outgoing: false,
  text: 'Hello',
  sentAt: 1,
  state: 'delivered',
}

/** A clock that stands still until it is told to go on. */
class ManualClock implements Clock {
  #now = 0
  readonly #timers = new Set<{ at: number; run: () => void }>()
  now = () => this.#now
  steady = this.now
  after = (ms: number, run: () => void) => {
    const timer = { at: this.#now + ms, run }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }
  pass(ms: number): void {
    this.#now += ms
    for (const timer of [...this.#timers]) {
      if (timer.at > this.#now) continue
      this.#timers.delete(timer)
      timer.run()
    }
  }
}

/** An unlocked app that locks after five minutes, and a window that asks for its contacts at each message. */
function unlocked() {
  const clock = new ManualClock()
  let locked = false
  const autoLock = new AutoLock(clock, () => (locked = true))
  autoLock.set(5)
  const account = () => ({ contacts: { list: () => [] } })
  const control = { touch: () => autoLock.touch(), account } as unknown as AppControl
  const [ours, theirs] = channelPair()
  const served = serve(ours, createHandlers(control))
  const client = connect(theirs)
  let asked = 0
  client.on('message', () => void client.call('contacts.list', {}).then(() => asked++))
  return { clock, served, client, locked: () => locked, asked: () => asked }
}

function channelPair(): [Channel, Channel] {
  const receivers: ((bytes: Uint8Array) => void)[] = []
  const end = (own: number, other: number): Channel => ({
    post: (bytes) => queueMicrotask(() => receivers[other]?.(bytes)),
    receive: (receiver) => void (receivers[own] = receiver),
  })
  return [end(0, 1), end(1, 0)]
}

test('messages that arrive at an idle window, and what it asks for by itself, do not keep Parley unlocked', async () => {
  const { clock, served, locked, asked } = unlocked()
  for (let count = 1; count <= 10; count++) {
    served.emit('message', message)
    await expect.poll(asked).toBe(count)
    clock.pass(MINUTE / 2)
  }
  expect(locked()).toBe(true)
})

test('app.touch keeps it unlocked for the whole time from then on', async () => {
  const { clock, client, locked } = unlocked()
  for (let count = 0; count < 4; count++) {
    clock.pass(4 * MINUTE)
    await client.call('app.touch', {})
  }
  expect(locked()).toBe(false)
  clock.pass(5 * MINUTE)
  expect(locked()).toBe(true)
})
