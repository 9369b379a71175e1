import { createHash } from 'node:crypto'
import { afterEach, expect, it } from 'vitest'
import { type Clock, type Random, silentLog, systemClock, systemRandom } from '../../base/index.ts'
import type { Ledger } from '../../ledger/index.ts'
import { fixedLedger, startNodes, testIdentity, type TestNodes, waitFor } from '../../testing/testnet-nodes.ts'
import { RECONNECT_FIRST_MS, RECONNECT_MOST_MS } from '../constants.ts'
import { parseNodeAddress } from '../link/address.ts'
import { NodeLink } from './node-link.ts'

const CLIENTS = 60
const ROUNDS = 5
let net: TestNodes
const links: NodeLink[] = []
afterEach(async () => {
  for (const link of links.splice(0)) link.stop()
  await net.stop()
})

/** Random-looking and always the same: what depends on chance would fail by chance. */
function fixedRandom(name: string): Random {
  let drawn = 0
  const float = () => createHash('sha256').update(`${name}/${drawn++}`).digest().readUInt32BE() / 2 ** 32
  return { bytes: (length) => systemRandom.bytes(length), float }
}

/**
 * A link whose waits before a dial take no time; `dials` are the milliseconds after its first loss at which it would have dialled
 * again, at most ROUNDS of them.
 */
function impatient(index: number) {
  const dials: number[] = []
  let due: (() => void) | undefined
  let wait = 0
  const clock: Clock = {
    ...systemClock,
    after: (ms, task) => {
      wait = ms
      due = task
      return () => due === task && (due = undefined)
    },
  }
  const identity = testIdentity()
  const link = new NodeLink({
    node: parseNodeAddress(net.addresses[0] ?? ''),
    credentials: { role: 'device', certificate: identity.certificate.signed, key: identity.deviceKey },
    chain: '0badcafe',
    clock,
    random: fixedRandom(`client ${index}`),
    log: silentLog,
    onTime: () => {},
    onLinked: () => {},
    onFrame: () => {},
    onStatus: () => {},
    onLate: () => {},
    onDown: () => {
      dials.push((dials.at(-1) ?? 0) + wait)
      const dial = due
      if (dials.length < ROUNDS && dial) setImmediate(dial)
    },
  })
  links.push(link)
  link.start()
  return { link, dials }
}

/** Most dials that fall into one of so many equal parts of the time from the first to the last. */
function busiest(times: readonly number[], parts: number): number {
  const [first, last] = [Math.min(...times), Math.max(...times)]
  const counts = new Map<number, number>()
  for (const time of times) {
    const part = Math.min(parts - 1, Math.floor(((time - first) / (last - first)) * parts))
    counts.set(part, (counts.get(part) ?? 0) + 1)
  }
  return Math.max(...counts.values())
}

const spread = (times: readonly number[]) => Math.max(...times) - Math.min(...times)

it('many clients that are dropped at once come back one by one, further apart with every dial in vain', async () => {
  net = await startNodes(1, { ledger: fixedLedger() })
  const clients = Array.from({ length: CLIENTS }, (_, index) => impatient(index))
  await waitFor(() => clients.every(({ link }) => link.connection), 10_000)
  await net.kill(0)
  await waitFor(() => clients.every(({ dials }) => dials.length === ROUNDS), 10_000)
  for (let round = 0; round < ROUNDS; round++) {
    const times = clients.map(({ dials }) => dials[round] ?? 0)
    expect(new Set(times).size).toBe(CLIENTS)
    expect(busiest(times, 6)).toBeLessThan(CLIENTS / 2)
    // Half of each wait is chance.
    expect(spread(times)).toBeGreaterThan(0.8 * (RECONNECT_FIRST_MS / 2) * 2 ** round)
  }
}, 30_000)

it('clients that a node tells to come back at one and the same time do not', async () => {
  const away = () => Promise.reject(new Error('away'))
  const ledger: Pick<Ledger, 'chain' | 'epoch'> = { chain: away, epoch: away }
  net = await startNodes(1, { ledger })
  const clients = Array.from({ length: CLIENTS }, (_, index) => impatient(index))
  await waitFor(() => clients.every(({ dials }) => dials.length > 0), 10_000)
  const times = clients.map(({ dials }) => dials[0] ?? 0)
  // The node asks for a second.
  expect(Math.min(...times)).toBeGreaterThan(1_000)
  expect(spread(times)).toBeGreaterThan(0.8 * (RECONNECT_FIRST_MS / 2))
  expect(busiest(times, 6)).toBeLessThan(CLIENTS / 2)
  expect(Math.max(...times)).toBeLessThan(RECONNECT_MOST_MS)
}, 30_000)
