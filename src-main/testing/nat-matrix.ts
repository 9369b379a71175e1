import { setTimeout as wait } from 'node:timers/promises'
import type { Nat } from './nat-lab.ts'
import type { NatNet } from './nat-net.ts'
import type { NatPerson } from './nat-person.ts'

/** How two people come together, in ms. */
export interface Meeting {
  /** From sending the first message, at the moment when the other has accepted, to its arrival. */
  firstMs: number
  /** From the same moment to the path that stays; undefined where the relay does. */
  bestMs: number | undefined
  path: string
}

/** What happens to messages when one side changes its network in the middle. */
export interface Move {
  /** From the change to the arrival of a message that was sent after it. */
  messageMs: number
  /** The longest time between two arrivals. */
  gapMs: number
  /** From the change to the new path. */
  bestMs: number
  path: string
  /** Texts in order of arrival; `count` were sent. */
  arrived: string[]
}

const PACE_MS = 100
/** Longer than an attempt at a direct path takes until it is given up. */
const SETTLE_MS = 10_000

function pathOf(peers: { address: string; path: string; way?: string | undefined }[], address: string): string {
  const peer = peers.find((each) => each.address === address)
  return [peer?.path ?? 'none', ...(peer?.way ? [peer.way] : [])].join(' ')
}

export async function currentPath(a: NatPerson, b: NatPerson): Promise<string> {
  return pathOf((await a.call('network.status', {})).peers, b.address)
}

/** Makes contacts of two people who have never met and writes at once. `expected` is the path that shall come, as `direct nat`. */
export async function meet(net: NatNet, a: NatPerson, b: NatPerson, expected: string): Promise<Meeting> {
  await net.befriend(a, b)
  const from = performance.now()
  const arrived = b.until('message', (message) => message.chat === a.address, { from })
  await a.call('chats.send', { chat: b.address, text: 'first' })
  const firstMs = (await arrived) - from
  if (!expected.startsWith('direct')) {
    await wait(SETTLE_MS)
    return { firstMs, bestMs: undefined, path: await currentPath(a, b) }
  }
  const isThere = ({ peers }: { peers: Parameters<typeof pathOf>[0] }) => pathOf(peers, b.address) === expected
  const bestMs = (await a.until('network', isThere)) - from
  return { firstMs, bestMs, path: await currentPath(a, b) }
}

/** Messages go from a to b, one each 100 ms; after a quarter of them `mover` changes its network. */
export async function moveInTheMiddle(
  a: NatPerson,
  b: NatPerson,
  mover: NatPerson,
  to: Nat,
  count = 60,
): Promise<Move> {
  const start = performance.now()
  const texts = Array.from({ length: count }, (_, index) => `message ${index}`)
  let movedAt = 0
  let firstAfter = ''
  for (const [index, text] of texts.entries()) {
    if (index === Math.floor(count / 4)) {
      await mover.host.move(to)
      movedAt = performance.now()
      firstAfter = text
    }
    await a.call('chats.send', { chat: b.address, text })
    await wait(PACE_MS)
  }
  const other = mover === a ? b : a
  const isDirect = ({ peers }: { peers: Parameters<typeof pathOf>[0] }) => /^direct/.test(pathOf(peers, other.address))
  const isLost = ({ peers }: { peers: Parameters<typeof pathOf>[0] }) => !isDirect({ peers })
  const lostAt = await mover.until('network', isLost, { from: movedAt })
  const best = await mover.until('network', isDirect, { from: lostAt })
  await b.until('message', ({ text }) => text === texts.at(-1), { from: start })
  const arrivals = b.heard.filter(({ name, at }) => name === 'message' && at >= start)
  const textOf = (payload: unknown) => (payload as { text: string }).text
  const times = arrivals.map(({ at }) => at)
  return {
    messageMs: (arrivals.find(({ payload }) => textOf(payload) === firstAfter)?.at ?? Number.NaN) - movedAt,
    gapMs: Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? at))),
    bestMs: best - movedAt,
    path: await currentPath(mover, other),
    arrived: arrivals.map(({ payload }) => textOf(payload)),
  }
}
