import type { GasUsed } from './execution/index.ts'
import type { GasSums } from './types.ts'

export const NO_GAS_YET: GasSums = { computation: 0n, burned: 0n, storage: 0n, rebate: 0n }

/** The sums with one more bill. */
export function addGas(sums: GasSums, { computationCost, computationCostBurned, ...bill }: GasUsed): GasSums {
  return {
    computation: sums.computation + computationCost,
    burned: sums.burned + computationCostBurned,
    storage: sums.storage + bill.storageCost,
    rebate: sums.rebate + bill.storageRebate,
  }
}

/** What came after `before`. */
export function gasSince(before: GasSums, sums: GasSums): GasSums {
  return {
    computation: sums.computation - before.computation,
    burned: sums.burned - before.burned,
    storage: sums.storage - before.storage,
    rebate: sums.rebate - before.rebate,
  }
}

export function sameGas(a: GasSums, b: GasSums): boolean {
  return Object.values(gasSince(a, b)).every((difference) => difference === 0n)
}
