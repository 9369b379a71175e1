import { Transaction } from '@iota/iota-sdk/transactions'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentLog, systemClock } from '../../base/index.ts'
import type { TransferRequest } from '../port.ts'
import {
  giveCoins,
  newPerson,
  type Person,
  type RunningLedger,
  startFakeLedger,
  startLedger,
} from '../testing/index.ts'
import { createIotaLedger } from './index.ts'

let running: RunningLedger
let alice: Person

beforeAll(async () => {
  running = await startLedger()
  alice = newPerson()
  await running.ledger.faucet(alice.address)
})
afterAll(() => running.stop())

/** Does what the plan says until the transfer itself is ready, and counts the transactions. */
async function carryOut(person: Person, request: TransferRequest) {
  const { ledger } = running
  let [transactions, burned] = [0, 0n]
  for (;;) {
    const next = await ledger.prepareTransfer({ ...request, merge: true })
    const outcome = await person.submit(ledger, next)
    expect(outcome).toMatchObject({ status: 'success', fee: next.fee })
    transactions++
    burned += outcome.fee.burned
    if (!next.plan) return { ...next, transactions, burned }
  }
}

test('everything in 300 coins goes in one transaction: 256 of them as gas, the rest merged', async () => {
  const { ledger } = running
  const [bob, carol] = [newPerson(), newPerson()]
  await giveCoins(ledger, alice, bob.address, 300, 10_000n)
  const all = await ledger.prepareTransfer({ from: bob.address, to: carol.address, nanos: 0n, all: true, merge: true })
  expect(all.plan).toBeUndefined()
  expect(all.coins).toHaveLength(300)
  expect(all.total).toBe(3_000_000n)
  expect(all.fee.deposit).toBe(-299n * 980_400n)
  await bob.submit(ledger, all)
  expect(await ledger.balance(bob.address)).toBe(0n)
  expect(await ledger.balance(carol.address)).toBe(all.nanos)
})

test('everything in 3,000 coins goes in three transactions, at exactly the cost that was said before', async () => {
  const { ledger } = running
  const [bob, carol] = [newPerson(), newPerson()]
  await giveCoins(ledger, alice, bob.address, 3000, 100_000n)
  const request = { from: bob.address, to: carol.address, nanos: 0n, all: true }
  await expect(ledger.prepareTransfer(request)).rejects.toMatchObject({ code: 'too_large', reason: 'many_coins' })
  const { plan } = await ledger.prepareTransfer({ ...request, merge: true })
  expect(plan).toMatchObject({ transactions: 3, total: 300_000_000n })
  expect(plan?.fee.deposit).toBe(-2999n * 980_400n)
  const made = await carryOut(bob, request)
  expect(made.transactions).toBe(3)
  expect(made.burned).toBe(plan?.fee.burned)
  expect(await ledger.balance(bob.address)).toBe(0n)
  expect(await ledger.balance(carol.address)).toBe(plan?.nanos)
})

test('an amount in very many coins: what merging frees counts, and dust alone cannot even pay for the first merge', async () => {
  const { ledger } = running
  const [bob, carol, dusty] = [newPerson(), newPerson(), newPerson()]
  await giveCoins(ledger, alice, bob.address, 1500, 100_000n)
  // More than 1,256 coins hold; the deposits that are freed by then pay for it.
  const request = { from: bob.address, to: carol.address, nanos: 130_000_000n }
  const { plan } = await ledger.prepareTransfer({ ...request, merge: true })
  expect(plan).toMatchObject({ transactions: 2, nanos: request.nanos })
  await carryOut(bob, request)
  expect(await ledger.balance(carol.address)).toBe(request.nanos)
  expect(await ledger.balance(bob.address)).toBe(150_000_000n - (plan?.total ?? 0n))
  await giveCoins(ledger, alice, dusty.address, 1500, 1n)
  const dust = { from: dusty.address, to: carol.address, nanos: 0n, all: true, merge: true }
  await expect(ledger.prepareTransfer(dust)).rejects.toMatchObject({ code: 'insufficient_funds' })
})

test('the budget covers what merging burns, also where it frees a thousand times as much', async () => {
  const digest = 'AYnxtWCgn5SCwhV5ajtUPsKkhiRV471CeWMutJELKRyZ'
  const data = Array.from({ length: 40 }, (_, index) => {
    return { coinObjectId: `0x${(index + 1).toString(16)}`, version: '1', digest, balance: '1000000000' }
  })
  const gasUsed = { computationCost: '7000000', storageCost: '980400', storageRebate: '980400000' }
  const effects = { status: { status: 'success' }, gasUsed: { ...gasUsed, nonRefundableStorageFee: '0' } }
  const fake = await startFakeLedger((method) => {
    if (method === 'iotax_getReferenceGasPrice') return '1000'
    return method === 'iotax_getCoins' ? { data, hasNextPage: false } : { effects }
  })
  const ledger = createIotaLedger({ url: fake.url, clock: systemClock, log: silentLog })
  try {
    const { bytes } = await ledger.prepareTransfer({ from: alice.address, to: alice.address, nanos: 0n, all: true })
    expect(Number(Transaction.from(bytes).getData().gasData.budget)).toBe(7_100_000)
  } finally {
    ledger.close()
    await fake.stop()
  }
})
