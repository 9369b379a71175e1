import { Transaction } from '@iota/iota-sdk/transactions'
import type { Ledger } from '../port.ts'
import type { Person } from './harness.ts'

/** Below the 512 arguments of one command. */
const COINS_AT_ONCE = 500

/** Gives so many coins of so much each, as somebody does who leaves small coins at an address. */
export async function giveCoins(ledger: Ledger, from: Person, to: string, count: number, nanos: bigint): Promise<void> {
  for (let given = 0; given < count; given += COINS_AT_ONCE) {
    const amounts = Array.from({ length: Math.min(COINS_AT_ONCE, count - given) }, () => nanos)
    const one = await ledger.prepareTransfer({ from: from.address, to: from.address, nanos: 1n })
    const split = Transaction.from(one.bytes)
    const coins = split.splitCoins(split.gas, amounts)
    split.transferObjects(
      amounts.map((_, index) => coins[index] as NonNullable<(typeof coins)[number]>),
      to,
    )
    split.setGasBudget(5_000_000_000n)
    const { status } = await from.submit(ledger, { ...one, bytes: await split.build() })
    if (status !== 'success') throw new Error('the coins were not given')
  }
}
