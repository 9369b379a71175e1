import { checkpointMethods } from './checkpoints.ts'
import { coinMethods } from './coins.ts'
import { epochMethods } from './epochs.ts'
import { eventMethods } from './events.ts'
import type { Method } from './method.ts'
import { unsupported } from './method.ts'
import { moveMethods } from './move.ts'
import { networkMethods } from './network.ts'
import { objectMethods } from './objects.ts'
import { ownedMethods } from './owned.ts'
import { queryMethods } from './queries.ts'
import { stakeMethods } from './stakes.ts'
import { transactionMethods } from './transactions.ts'

/** What IOTA nodes and indexers have and this ledger has not. */
const MISSING = [
  'iota_view',
  'iotax_getAllEpochAddressMetrics',
  'iotax_getCheckpointAddressMetrics',
  'iotax_getLatestAddressMetrics',
  'iotax_getMoveCallMetrics',
  'iotax_getNetworkMetrics',
  'iotax_iotaNamesFindAllRegistrationNFTs',
  'iotax_iotaNamesLookup',
  'iotax_iotaNamesReverseLookup',
  'iotax_subscribeEvent',
  'iotax_subscribeTransaction',
  'unsafe_batchTransaction',
  'unsafe_mergeCoins',
  'unsafe_moveCall',
  'unsafe_pay',
  'unsafe_payAllIota',
  'unsafe_payIota',
  'unsafe_publish',
  'unsafe_requestAddStake',
  'unsafe_requestAddTimelockedStake',
  'unsafe_requestWithdrawStake',
  'unsafe_requestWithdrawTimelockedStake',
  'unsafe_splitCoin',
  'unsafe_splitCoinEqual',
  'unsafe_transferIota',
  'unsafe_transferObject',
]

const methods = new Map<string, Method>([
  ...MISSING.map((name) => [name, unsupported(name)] as const),
  ...[
    coinMethods,
    objectMethods,
    ownedMethods,
    transactionMethods,
    queryMethods,
    eventMethods,
    checkpointMethods,
    epochMethods,
    networkMethods,
    stakeMethods,
    moveMethods,
  ].flatMap((table) => Object.entries(table)),
])
methods.set('rpc.discover', () => discovery())

/** Undefined for a name that no IOTA node has either. */
export function methodOf(name: string): Method | undefined {
  return methods.get(name)
}

/** Names of the methods that answer. */
export function supportedMethods(): string[] {
  return [...methods.keys()].filter((name) => !MISSING.includes(name)).sort()
}

function discovery(): object {
  return {
    openrpc: '1.2.6',
    info: { title: 'Parley local ledger', description: 'Tokens of this ledger have no value.', version: '1.0.0' },
    methods: supportedMethods().map((name) => ({ name, params: [] })),
  }
}
