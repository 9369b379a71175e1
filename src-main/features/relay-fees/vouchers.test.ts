import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Secret, silentLog, systemClock, systemRandom } from '../../base/index.ts'
import { type SigningKey, signingKeyFromSeed } from '../../crypto/index.ts'
import { openStore, type Store } from '../../store/index.ts'
import { channelStateDigest } from '../../wire/index.ts'
import type { ToldFees } from './types.ts'
import { Vouchers } from './vouchers.ts'

const NODE = 'a'.repeat(64)
const CHAIN = '0badcafe'
const [PACKAGE, CHANNEL, OTHER] = ['1', '2', '3'].map((digit) => `0x${digit.repeat(64)}`) as [string, string, string]
const DEPOSIT = 1_000n
const newKey = () => signingKeyFromSeed(new Secret(systemRandom.bytes(32)))
const [device, node] = [newKey(), newKey()]

let folder: string
let store: Store
let vouchers: Vouchers
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-vouchers-'))
  const key = new Secret(systemRandom.bytes(32))
  store = openStore({ file: join(folder, 'x.db'), key, clock: systemClock, log: silentLog })
  const row = { digest: 'd', channel: CHANNEL, node: NODE, state: 'open', owner: OTHER, packageId: PACKAGE } as const
  store.relayFees.saveCredit({ ...row, windowMs: 5_000, deposited: DEPOSIT, paid: 20n, closesAt: 0, at: 0 })
  const ledger = { chain: () => Promise.resolve(CHAIN) } as ConstructorParameters<typeof Vouchers>[0]['ledger']
  vouchers = new Vouchers({ store, deviceKey: device, ledger })
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true })
})

interface Shown {
  paid: bigint
  by?: SigningKey
  channel?: string
  chain?: string
  /** Signed as the end of the channel. */
  close?: boolean
}

/** What a node tells, with a voucher that somebody signed. */
function told({ paid, by = device, channel = CHANNEL, chain = CHAIN, close = false }: Shown): ToldFees {
  const balances = [DEPOSIT - paid, paid]
  const state = { packageId: PACKAGE, channel, sequence: paid, confirmed: 0n, balances }
  const signature = by.sign(channelStateDigest(chain, state, close))
  return { voucher: { channel, deposited: DEPOSIT, paid, signature } } as ToldFees
}

const paid = () => vouchers.creditOf(NODE)?.paid
const learn = (shown: ToldFees) => vouchers.learn(NODE, shown)

it('a newer voucher that this device signed and forgot is learned from the node that shows it', async () => {
  await learn(told({ paid: 700n }))
  expect(paid()).toBe(700n)
})

it.each<[string, Shown]>([
  ['is signed by the node that shows it', { paid: DEPOSIT, by: node }],
  ['is of another chain', { paid: 700n, chain: '00000000' }],
  ['is of another channel', { paid: 700n, channel: OTHER }],
  ['was signed for an end', { paid: 700n, close: true }],
  ['is older', { paid: 19n }],
])('a voucher that %s raises nothing of what this device has promised', async (_, shown) => {
  await learn(told(shown))
  expect(paid()).toBe(20n)
})

it('a voucher whose sums a node has changed raises nothing, nor does none', async () => {
  const { voucher, ...rest } = told({ paid: 700n })
  if (!voucher) throw new Error('no voucher')
  for (const change of [{ paid: DEPOSIT }, { paid: DEPOSIT + 1n }, { deposited: 2n * DEPOSIT }])
    await learn({ ...rest, voucher: { ...voucher, ...change } } as ToldFees)
  await learn({ ...rest, voucher: null } as ToldFees)
  expect(paid()).toBe(20n)
})
