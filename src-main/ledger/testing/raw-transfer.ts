import { toBase64 } from '@iota/bcs'
import { concat } from '../../base/index.ts'
import { hash256 } from '../../wire/index.ts'
import type { CoinRef } from '../port.ts'
import { transferBytes } from '../iota/transfer.ts'
import type { Person } from './harness.ts'

/** A signed transfer over given coins, made without asking a ledger. */
export function signedTransfer(from: Person, to: string, nanos: bigint, coins: CoinRef[], gasBudget = 5_000_000n) {
  const sum = coins.reduce((total, { balance }) => total + balance, 0n)
  const choice = { gas: coins, merged: [], sum }
  const bytes = transferBytes({ from: from.address, to, nanos, coins: choice, gasPrice: 1000n, gasBudget })
  const signature = from.sign(hash256(Uint8Array.of(0, 0, 0), bytes))
  return { bytes, signatures: [toBase64(concat(Uint8Array.of(0), signature, from.publicKey))] }
}
