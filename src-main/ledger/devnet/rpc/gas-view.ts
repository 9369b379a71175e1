import type { Chain } from '../chain.ts'
import { gasSince, NO_GAS_YET } from '../gas-sums.ts'
import type { Checkpoint, GasSums } from '../types.ts'
import { gasView } from './effects-view.ts'

/** Of the transactions of its epoch, up to and with a checkpoint. */
export function gasInEpoch(chain: Chain, { epoch, gas }: Checkpoint): GasSums {
  const first = chain.epochAt(epoch)?.firstCheckpoint ?? 0
  const before = first === 0 ? undefined : chain.checkpoint(first - 1)
  return gasSince(before?.gas ?? NO_GAS_YET, gas)
}

export function gasSumView({ computation, burned, storage, rebate }: GasSums): object {
  return gasView({
    computationCost: computation,
    computationCostBurned: burned,
    storageCost: storage,
    storageRebate: rebate,
    nonRefundableStorageFee: 0n,
  })
}
