import { Transaction } from '@iota/iota-sdk/transactions'
import { expect, test } from 'vitest'
import { newPerson, startLedger } from '../testing/index.ts'

test('everything in 300 coins goes in one transaction: 256 of them as gas, the rest merged', async () => {
  const { ledger, stop } = await startLedger()
  try {
    const [alice, bob, carol] = [newPerson(), newPerson(), newPerson()]
    await ledger.faucet(alice.address)
    const one = await ledger.prepareTransfer({ from: alice.address, to: alice.address, nanos: 1n })
    const split = Transaction.from(one.bytes)
    const coins = split.splitCoins(
      split.gas,
      Array.from({ length: 300 }, () => 10_000n),
    )
    split.transferObjects(
      Array.from({ length: 300 }, (_, index) => coins[index] as NonNullable<(typeof coins)[number]>),
      bob.address,
    )
    split.setGasBudget(5_000_000_000n)
    await alice.submit(ledger, { ...one, bytes: await split.build() })
    const all = await ledger.prepareTransfer({ from: bob.address, to: carol.address, nanos: 0n, all: true })
    expect(all.coins).toHaveLength(300)
    expect(all.total).toBe(3_000_000n)
    expect(all.fee.deposit).toBe(-299n * 980_400n)
    await bob.submit(ledger, all)
    expect(await ledger.balance(bob.address)).toBe(0n)
    expect(await ledger.balance(carol.address)).toBe(all.nanos)
  } finally {
    await stop()
  }
})
