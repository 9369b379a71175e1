import { beforeEach, expect, it } from 'vitest'
import { silentLog, systemRandom } from '../../base/index.ts'
import { testIdentity } from '../../testing/testnet-nodes.ts'
import { checkPresence } from '../presence/packet.ts'
import type { CheckedPresence } from '../types.ts'
import { Announcer } from './announcer.ts'
import type { NodeLink } from './node-link.ts'

const CHAIN = '0badcafe'
const HOUR = 3_600_000
/** Within the time of a certificate that is made now. */
const TRUE_TIME = Date.now() + 24 * HOUR
let time: number
let due: () => void
let told: Uint8Array[]
let announcer: Announcer
const link = { request: (_: string, body: { packet: Uint8Array }) => Promise.resolve(told.push(body.packet)) }
const node = link as unknown as NodeLink
beforeEach(() => {
  time = TRUE_TIME
  told = []
  announcer = new Announcer({
    identity: testIdentity(),
    chain: CHAIN,
    clock: { now: () => time, steady: () => 0, after: (_, task) => ((due = task), () => {}) },
    random: systemRandom,
    log: silentLog,
    links: { homeKeys: () => [], connectedHomes: () => [node] },
  })
  announcer.start()
})

/** What was told last, as a node at this time takes it. */
const taken = (now: number): CheckedPresence => checkPresence(told.at(-1) ?? new Uint8Array(), CHAIN, now)

it('is seen again with the next packet, once a clock that was ahead has been set', () => {
  time += HOUR
  announcer.tell(node)
  expect(() => taken(TRUE_TIME)).toThrow('from the future')
  time = TRUE_TIME
  due()
  expect(taken(TRUE_TIME).issuedAt).toBe(TRUE_TIME)
})

it('is newer with each packet while the clock goes back by what nodes allow', () => {
  announcer.tell(node)
  const first = taken(TRUE_TIME)
  time -= 20_000
  due()
  const second = taken(time)
  expect(second.issuedAt).toBe(first.issuedAt)
  expect(BigInt(second.sequence)).toBeGreaterThan(BigInt(first.sequence))
})

it('a node that is linked after the machine slept, or its clock was set, is told a packet of now', () => {
  announcer.tell(node)
  for (const now of [TRUE_TIME + HOUR, TRUE_TIME - HOUR]) {
    time = now
    announcer.tell(node)
    expect(taken(now).issuedAt).toBe(now)
  }
})
