import { addGas, NO_GAS_YET } from '../gas-sums.ts'
import type { Execution } from '../execution/index.ts'
import type { GasSums } from '../types.ts'
import { damaged, decode } from './codec.ts'

const DIGITS = /^\d{1,39}$/

/** For `INSERT INTO gas_sum`. Decimal texts, since sums may grow beyond what numbers of JavaScript are exact for. */
export function gasRow(number: number, { computation, burned, storage, rebate }: GasSums): (number | string)[] {
  return [number, ...[computation, burned, storage, rebate].map(String)]
}

/** Throws `storage_damaged`. */
export function gasOf(row: Record<string, unknown>): GasSums {
  const sum = (name: keyof GasSums) => {
    const text = row[name]
    if (typeof text !== 'string' || !DIGITS.test(text)) throw damaged('A sum of the local ledger cannot be read.')
    return BigInt(text)
  }
  return { computation: sum('computation'), burned: sum('burned'), storage: sum('storage'), rebate: sum('rebate') }
}

/** The rows of `gas_sum` for checkpoints in order, as the first version of the database kept them. */
export function* gasRows(checkpoints: Iterable<Record<string, unknown>>): Generator<(number | string)[]> {
  let sums = NO_GAS_YET
  for (const { number, execution } of checkpoints) {
    if (execution !== null) sums = addGas(sums, decode<Execution>(execution).gasUsed)
    yield gasRow(number as number, sums)
  }
}
