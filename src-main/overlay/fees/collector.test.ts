import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Clock, fromHex, Secret, silentLog, systemRandom } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { signingKeyFromSeed } from '../../crypto/index.ts'
import type { ChannelRequest, Channels, LedgerChannel } from '../../ledger/index.ts'
import type { OperatorSender } from '../registry/sender.ts'
import { FeeBook } from './book.ts'
import { Collector } from './collector.ts'

const DAY = 86_400_000
const MINUTE = 60_000
const BASE = 100_000n
/** Of each transaction. */
const FEE = 1_000n
const hex = (n: number) => n.toString(16).padStart(64, '0')
const idOf = (n: number) => `0x${hex(n)}`

let now = 0
let book: FeeBook
/** What the ledger knows beyond the opening. */
let changed: Map<string, Partial<LedgerChannel>>
let sent: string[]
let reads: number
let read: (id: string) => Promise<LedgerChannel>
beforeEach(() => {
  now = 20_000 * DAY
  book = new FeeBook(':memory:', 1)
  changed = new Map()
  sent = []
  reads = 0
  read = (id) => Promise.resolve({ ...opened(id), ...changed.get(id) })
})
afterEach(() => book.close())

function opened(id: string): LedgerChannel {
  const rest = { chain: '0badcafe', parties: [], deposits: [], windowMs: DAY, sharedAt: 1n, funds: BASE }
  return { id, ...rest, base: BASE, balances: [BASE, 0n], sequence: 0n, settled: false, closesAt: 0 }
}

/** The channel's device gives a voucher. */
function voucher(n: number, paid: bigint): void {
  const sums = { base: BASE, deposited: BASE, paid: 0n, counted: BASE, shown: 0n }
  const rest = { windowMs: DAY, sharedAt: 1n, signature: undefined, state: 'open', closesAt: 0, epoch: 1n } as const
  const channel = { id: idOf(n), address: idOf(n), payerKey: fromHex(hex(n)), ...sums, ...rest }
  book.changeChannel(channel, () => ({ paid, signature: new Uint8Array(64) }), now)
}

/** Over a ledger that takes everything that its own rules allow, for `FEE`. */
function collector(clock: Partial<Clock> = {}): Collector {
  const prepare = ({ call }: ChannelRequest) => {
    const id = call.kind === 'open' ? '' : call.channel.id
    const { closesAt = 0 } = changed.get(id) ?? {}
    const isOver = closesAt <= now
    if ((call.kind === 'challenge' && isOver) || (call.kind === 'settle' && !isOver))
      return Promise.reject(new ParleyError('conflict', 'The channel does not allow this now.'))
    const digest = `${call.kind} ${Number(id)}`
    return Promise.resolve({ digest, bytes: new Uint8Array(), fee: { burned: FEE, deposit: 0n, relay: 0n } })
  }
  const channels = { packageId: idOf(0), read: (id: string) => (reads++, read(id)), prepare } as unknown as Channels
  const send: OperatorSender['send'] = async (kind, work) => {
    const prepared = await work()
    if (!prepared) return undefined
    sent.push(prepared.digest)
    const digest = prepared.digest
    const none = { burned: 0n, deposit: 0n, relay: 0n }
    return { kind, digest, outcome: { digest, status: 'success', fee: none, at: now } }
  }
  return new Collector({
    book,
    key: signingKeyFromSeed(new Secret(systemRandom.bytes(32))),
    sender: { address: idOf(0), send } as unknown as OperatorSender,
    chain: () => '0badcafe',
    channels: () => Promise.resolve(channels),
    ledger: {
      epoch: () => Promise.resolve({ epoch: 1n, salt: new Uint8Array(32) } as never),
      faucet: () => Promise.reject(new Error('there is enough')),
    },
    prices: { relayedMb: 1_000n, storedMbDay: 0n, forwardedTransaction: 0n },
    windowMs: DAY,
    collectAfterEpochs: 7,
    clock: { now: () => now, steady: () => now, after: () => () => {}, ...clock },
    log: silentLog,
  })
}

it('who begins to close with nothing is answered in the next look, however many channels there are and whoever repeats vouchers', async () => {
  for (let n = 1; n <= 300; n++) voucher(n, n === 250 ? 90_000n : 10n)
  const looks = collector()
  changed.set(idOf(250), { closesAt: now + DAY })
  for (let minute = 0; minute < 3; minute++) {
    now += MINUTE
    voucher(250, 90_000n)
    await looks.collect(false)
  }
  expect(sent[0]).toBe('challenge 250')
  expect(reads).toBeGreaterThanOrEqual(900)
})

it('nothing is sent that costs more than it brings, also where the operator asks for all, who is told what is left', async () => {
  for (let n = 1; n <= 20; n++) voucher(n, 2n * FEE)
  voucher(21, 2n * FEE + 1n)
  // With less than a credit left in it.
  voucher(22, BASE - 1n)
  voucher(23, 2n * FEE)
  changed.set(idOf(23), { closesAt: now + DAY })
  const looks = collector()
  expect(await looks.collect(false)).toMatchObject({ closing: 1, left: 1, leftNanos: 2n * FEE })
  expect(sent).toEqual(['startClose 22'])
  changed.set(idOf(22), { closesAt: now + DAY, sequence: BASE - 1n, balances: [1n, BASE - 1n] })
  expect(await looks.collect(true)).toMatchObject({ closing: 1, left: 21, leftNanos: 42n * FEE })
  expect(sent).toEqual(['startClose 22', 'startClose 21'])
})

it('a channel is settled when it brings more than that costs', async () => {
  const closesAt = now - MINUTE
  for (const [n, paid] of [
    [1, FEE],
    [2, FEE + 1n],
  ] as const) {
    voucher(n, paid)
    changed.set(idOf(n), { closesAt, sequence: paid, balances: [BASE - paid, paid] })
  }
  expect(await collector().collect(false)).toMatchObject({ settled: 1, nanos: FEE + 1n, left: 1, leftNanos: FEE })
  expect(sent).toEqual(['settle 2'])
})

it('a node whose clock is ahead answers as long as the ledger allows it', async () => {
  voucher(1, 90_000n)
  changed.set(idOf(1), { closesAt: now + MINUTE })
  const ahead = collector({ now: () => now + 10 * MINUTE })
  await ahead.collect(false)
  expect(sent).toEqual(['challenge 1'])
})

it('a stop ends the look: it waits for the channels that are looked at now, not for all', async () => {
  for (let n = 1; n <= 100; n++) voucher(n, 10n)
  const asked = Promise.withResolvers<void>()
  const answer = Promise.withResolvers<void>()
  read = async (id) => {
    asked.resolve()
    await answer.promise
    return opened(id)
  }
  const looks = collector()
  const look = looks.collect(false)
  await asked.promise
  const stopped = looks.stop()
  answer.resolve()
  await stopped
  await look
  expect(reads).toBeLessThan(20)
})
