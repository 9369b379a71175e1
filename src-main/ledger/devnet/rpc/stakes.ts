import { invalidParams } from './errors.ts'
import { method, type MethodTable } from './method.ts'
import { idParam, idsParam } from './params.ts'

const noStakes = method([idParam], () => [])
const unknownStakes = method([idsParam], (_node, [id]) => {
  if (id !== undefined) throw invalidParams(`Object ${id} is not a stake`)
  return []
})

/** There are no validators to stake with, so nobody has a stake: that is the true answer, not a missing one. */
export const stakeMethods: MethodTable = {
  iotax_getStakes: noStakes,
  iotax_getTimelockedStakes: noStakes,
  iotax_getStakesByIds: unknownStakes,
  iotax_getTimelockedStakesByIds: unknownStakes,
  iotax_getValidatorsApy: method([], (node) => ({ apys: [], epoch: node.chain.epoch.toString() })),
  iotax_getParticipationMetrics: method([], () => ({ totalAddresses: '0' })),
}
