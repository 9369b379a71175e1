import { beforeEach, expect, it } from 'vitest'
import { type Clock, silentLog } from '../../base/index.ts'
import type { NodeRegistry, RegisteredNode } from '../../ledger/index.ts'
import { ASK_AGAIN_MS, FIRST_POLL_MS, POLLS_PER_EPOCH, UNFOUND_MS } from './constants.ts'
import { EpochPace } from './epoch-pace.ts'
import { RegistryFollower } from './follower.ts'
import { RecordCheck } from './record-check.ts'
import { testProfile } from './test-registry.ts'

const HOUR = 3_600_000
let steady: number
let ahead: number
let waits: number[]
let live: RegisteredNode[]
const clock: Clock = {
  now: () => steady + ahead,
  steady: () => steady,
  after: (ms) => (waits.push(ms), () => {}),
}
const registry = {
  events: () => Promise.resolve({ events: live.map(({ object }) => ({ kind: 'renewed', object })), more: false }),
  records: () => Promise.resolve(live),
} as unknown as NodeRegistry
const ledger = {
  find: () => Promise.resolve(registry),
  epoch: () => Promise.resolve({ epoch: 1n }),
  clock,
  log: silentLog,
}
beforeEach(() => ([steady, ahead, waits, live] = [10 * HOUR, 0, [], []]))

it.each([-HOUR, HOUR])(
  'a clock that is set by %i ms changes nothing in how soon the registry is looked at',
  async (set) => {
    const file = { read: () => Promise.resolve(undefined), write: () => Promise.resolve() }
    const follower = new RegistryFollower({ ...ledger, file: file as never })
    await follower.start(1_000)
    ahead = set
    follower.hint()
    expect(waits).toEqual([FIRST_POLL_MS, ASK_AGAIN_MS])
    follower.stop()
  },
)

it.each([-HOUR, HOUR])('nor in how long epochs seem to take, by %i ms', (set) => {
  const pace = new EpochPace(clock)
  pace.seen(1n)
  ahead = set
  steady += 8_000
  pace.seen(2n)
  expect([pace.epochMs, pace.pollMs(1, HOUR)]).toEqual([8_000, 8_000 / POLLS_PER_EPOCH])
})

it('nodes that nobody registered are not believed for longer because the clock was set back', async () => {
  const check = new RecordCheck(ledger)
  const made = { object: null, nodeKey: 'ab'.repeat(32), fingerprint: testProfile.fingerprint, endpoints: ['wss://a'] }
  expect(await check.check([made])).toEqual([made])
  ahead = -HOUR
  steady += UNFOUND_MS
  const record = { object: '0x1', nodeKey: 'cd', renewed: 1n, freeFrom: 0n, profile: testProfile }
  live = [record as unknown as RegisteredNode]
  expect(await check.check([made])).toEqual([])
})
