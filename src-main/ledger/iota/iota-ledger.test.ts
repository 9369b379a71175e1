import { Transaction } from '@iota/iota-sdk/transactions'
import { fromBase58 } from '@iota/bcs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLog, systemClock } from '../../base/index.ts'
import { newPerson, type Person, type RunningLedger, startFakeLedger, startLedger } from '../testing/index.ts'
import { chooseCoins, together } from './coins.ts'
import { createIotaLedger } from './index.ts'
import { transferBytes } from './transfer.ts'

let running: RunningLedger
beforeAll(async () => {
  running = await startLedger()
})
afterAll(() => running.stop())

async function rich(): Promise<Person> {
  const person = newPerson()
  expect(await running.ledger.faucet(person.address)).toBe(50_000_000_000n)
  return person
}

describe('a transfer', () => {
  test('costs exactly what was shown before, and moves exactly the amount', async () => {
    const [alice, bob] = [await rich(), newPerson()]
    const { ledger } = running
    const before = await ledger.balance(alice.address)
    const transfer = await ledger.prepareTransfer({ from: alice.address, to: bob.address, nanos: 12_345n })
    expect(transfer.fee).toEqual({ burned: 1_000_000n, deposit: 980_400n, relay: 0n })
    expect(transfer.coins).toHaveLength(1)
    const outcome = await alice.submit(ledger, transfer)
    expect(outcome).toMatchObject({ digest: transfer.digest, status: 'success', fee: transfer.fee })
    expect(before - (await ledger.balance(alice.address))).toBe(transfer.total)
    expect(await ledger.balance(bob.address)).toBe(12_345n)
  })

  test('gathers several coins, and gives back their deposits', async () => {
    const [alice, bob] = [await rich(), newPerson()]
    const { ledger } = running
    const request = { from: alice.address, to: bob.address, nanos: 35_000_000_000n }
    const transfer = await ledger.prepareTransfer(request)
    expect(transfer.coins).toHaveLength(4)
    expect(transfer.fee.deposit).toBeLessThan(0n)
    await alice.submit(ledger, transfer)
    expect(await ledger.balance(alice.address)).toBe(50_000_000_000n - transfer.total)
  })

  test('can empty a wallet but for the fee, and not one NANO more', async () => {
    const [alice, bob] = [await rich(), newPerson()]
    const { ledger } = running
    const most = 50_000_000_000n - 1_000_000n
    const transfer = await ledger.prepareTransfer({ from: alice.address, to: bob.address, nanos: most })
    expect((await alice.submit(ledger, transfer)).status).toBe('success')
    expect(await ledger.balance(bob.address)).toBe(most)
    const carol = await rich()
    const above = { from: carol.address, to: bob.address, nanos: most + 1n }
    await expect(ledger.prepareTransfer(above)).rejects.toMatchObject({ code: 'insufficient_funds' })
    const empty = { from: newPerson().address, to: bob.address, nanos: 1n }
    await expect(ledger.prepareTransfer(empty)).rejects.toMatchObject({ code: 'insufficient_funds' })
  })

  test('is idempotent: the same bytes again give the same outcome and move nothing', async () => {
    const [alice, bob] = [await rich(), newPerson()]
    const { ledger } = running
    const transfer = await ledger.prepareTransfer({ from: alice.address, to: bob.address, nanos: 7n })
    expect(await ledger.outcome(transfer.digest)).toBeUndefined()
    await Promise.all([alice.submit(ledger, transfer), alice.submit(ledger, transfer)])
    await alice.submit(ledger, transfer)
    expect(await ledger.balance(bob.address)).toBe(7n)
    expect(await ledger.outcome(transfer.digest)).toMatchObject({ status: 'success', fee: transfer.fee })
  })

  test('side by side with others uses none of their coins', async () => {
    const [alice, bob] = [await rich(), newPerson()]
    const { ledger } = running
    const reserved = new Set<string>()
    const transfers = []
    for (let count = 0; count < 5; count++) {
      const request = { from: alice.address, to: bob.address, nanos: 10n, reserved }
      const transfer = await ledger.prepareTransfer(request)
      for (const coin of transfer.coins) reserved.add(coin)
      transfers.push(transfer)
    }
    const sixth = ledger.prepareTransfer({ from: alice.address, to: bob.address, nanos: 10n, reserved })
    await expect(sixth).rejects.toMatchObject({ code: 'insufficient_funds' })
    const outcomes = await Promise.all(transfers.map((transfer) => alice.submit(ledger, transfer)))
    expect(outcomes.every(({ status }) => status === 'success')).toBe(true)
    expect(await ledger.balance(bob.address)).toBe(50n)
  })

  test('over a coin that is gone is a conflict; with another signature it is refused', async () => {
    const [alice, bob] = [await rich(), newPerson()]
    const { ledger } = running
    const one = await ledger.prepareTransfer({ from: alice.address, to: bob.address, nanos: 1n })
    const two = await ledger.prepareTransfer({ from: alice.address, to: bob.address, nanos: 2n })
    await alice.submit(ledger, one)
    await expect(alice.submit(ledger, two)).rejects.toMatchObject({ code: 'conflict' })
    const forged = ledger.submit(two.bytes, new Uint8Array(64), alice.publicKey)
    await expect(forged).rejects.toMatchObject({ code: 'invalid_params' })
  })

  test('refuses a bad amount or address before anything is asked', async () => {
    const { address } = newPerson()
    for (const request of [
      { from: address, to: address, nanos: 0n },
      { from: address, to: '0x12', nanos: 1n },
      { from: address, to: address, nanos: 2n ** 64n },
    ])
      await expect(running.ledger.prepareTransfer(request)).rejects.toMatchObject({ code: 'invalid_params' })
  })
})

test('bytes are the same as the SDK builds from the same coins', async () => {
  const digest = 'AYnxtWCgn5SCwhV5ajtUPsKkhiRV471CeWMutJELKRyZ'
  const coin = (index: number) => {
    const objectId = `0x${index.toString(16).padStart(64, '0')}`
    return { objectId, version: '3', digest, balance: 5n }
  }
  const all = Array.from({ length: 800 }, (_, index) => coin(index))
  const coins = together(chooseCoins(all, 4_000n, 1n, 0))
  expect([coins.gas.length, coins.merged.length]).toEqual([256, 544])
  const [from, to] = [`0x${'aa'.repeat(32)}`, `0x${'bb'.repeat(32)}`]
  const bytes = transferBytes({ from, to, nanos: 9n, coins, gasPrice: 1000n, gasBudget: 2_000_000n })
  const { commands, inputs } = Transaction.from(bytes).getData()
  expect(commands.map(({ $kind }) => $kind)).toEqual(['MergeCoins', 'MergeCoins', 'SplitCoins', 'TransferObjects'])
  expect(inputs).toHaveLength(546)
  expect(await Transaction.from(bytes).build()).toEqual(bytes)
})

test('history has both sides of a transfer, newest first, in pages', async () => {
  const [alice, bob] = [await rich(), newPerson()]
  const { ledger } = running
  for (const nanos of [1n, 2n, 3n])
    await alice.submit(ledger, await ledger.prepareTransfer({ from: alice.address, to: bob.address, nanos }))
  const first = await ledger.history(bob.address, 2)
  expect(first.transactions.map(({ change }) => change)).toEqual([3n, 2n])
  const second = await ledger.history(bob.address, 2, first.cursor)
  expect(second.transactions.map(({ change }) => change)).toEqual([1n])
  expect(second.cursor).toBeUndefined()
  const [newest] = (await ledger.history(alice.address, 1)).transactions
  expect(newest).toMatchObject({ sender: alice.address, change: -(3n + 1_000_000n + 980_400n) })
  await expect(ledger.history(bob.address, 51)).rejects.toMatchObject({ code: 'invalid_params' })
})

describe('the salt of an epoch', () => {
  test('is the digest of the genesis checkpoint in epoch 0', async () => {
    const { epoch, salt } = await running.ledger.epoch()
    expect([epoch, salt.length]).toEqual([0n, 32])
    expect(await running.ledger.epoch()).toEqual({ epoch, salt })
  })

  test('is the digest of the last checkpoint of the epoch before, found without reading much', async () => {
    const boundary = 7_654
    const fake = await startFakeLedger((method, params) => {
      if (method === 'iota_getLatestCheckpointSequenceNumber') return '20000'
      const number = Number(params[0])
      const epoch = number > boundary ? '9' : number > 2_000 ? '8' : '7'
      return { epoch, sequenceNumber: String(number), digest: number === boundary ? SALT : OTHER_DIGEST }
    })
    const ledger = createIotaLedger({ url: fake.url, clock: systemClock, log: silentLog })
    expect(await ledger.epoch()).toEqual({ epoch: 9n, salt: fromBase58(SALT) })
    expect(fake.asked.length).toBeLessThan(40)
    const asked = fake.asked.length
    await ledger.epoch()
    expect(fake.asked.length - asked).toBe(2)
    ledger.close()
    await fake.stop()
  })
})

const OTHER_DIGEST = '1'.repeat(32)
const SALT = 'AYnxtWCgn5SCwhV5ajtUPsKkhiRV471CeWMutJELKRyZ'
