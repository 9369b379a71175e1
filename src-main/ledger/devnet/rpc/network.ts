import * as v from 'valibot'
import {
  COMPUTATION_UNITS,
  MAX_ARGUMENTS,
  MAX_COMMANDS,
  MAX_GAS_BUDGET,
  MAX_GAS_OBJECTS,
  MAX_GAS_PRICE,
  MAX_INPUT_OBJECTS,
  MAX_PURE_BYTES,
  MAX_TRANSACTION_BYTES,
  PROTOCOL_VERSION,
  REFERENCE_GAS_PRICE,
} from '../execution/index.ts'
import type { LocalNode } from '../node.ts'
import { currentEpoch } from './epochs.ts'
import { invalidParams } from './errors.ts'
import { method, type MethodTable } from './method.ts'
import { countParam } from './params.ts'

const ATTRIBUTES = {
  base_tx_cost_fixed: { u64: String(COMPUTATION_UNITS) },
  max_arguments: { u32: String(MAX_ARGUMENTS) },
  max_gas_payment_objects: { u32: String(MAX_GAS_OBJECTS) },
  max_gas_price: { u64: String(MAX_GAS_PRICE) },
  max_input_objects: { u64: String(MAX_INPUT_OBJECTS) },
  max_programmable_tx_commands: { u32: String(MAX_COMMANDS) },
  max_pure_argument_size: { u32: String(MAX_PURE_BYTES) },
  max_tx_gas: { u64: String(MAX_GAS_BUDGET) },
  max_tx_size_bytes: { u64: String(MAX_TRANSACTION_BYTES) },
  obj_data_cost_refundable: { u64: '100' },
  storage_gas_price: { u64: '76' },
}
/** Ids of system objects that are not here. */
const NO_ID = `0x${'0'.repeat(64)}`

export const networkMethods: MethodTable = {
  iota_getChainIdentifier: method([], (node) => node.chain.identifier),
  iotax_getReferenceGasPrice: method([], () => REFERENCE_GAS_PRICE.toString()),
  iota_getProtocolConfig: method([v.nullish(countParam)], (_node, version) => {
    if (version != null && version !== PROTOCOL_VERSION)
      throw invalidParams(
        `Unsupported protocol version requested. Min supported: ${PROTOCOL_VERSION}, max supported: ${PROTOCOL_VERSION}`,
      )
    return {
      minSupportedProtocolVersion: String(PROTOCOL_VERSION),
      maxSupportedProtocolVersion: String(PROTOCOL_VERSION),
      protocolVersion: String(PROTOCOL_VERSION),
      featureFlags: {},
      attributes: ATTRIBUTES,
    }
  }),
  iotax_getLatestIotaSystemState: method([], (node) => ({ ...systemState(node), safeModeComputationRewards: '0' })),
  iotax_getLatestIotaSystemStateV2: method([], (node) => ({
    V2: {
      ...systemState(node),
      safeModeComputationCharges: '0',
      safeModeComputationChargesBurned: '0',
      committeeMembers: [],
    },
  })),
}

/** One process without validators: everything about stakes is empty or zero. */
function systemState(node: LocalNode): object {
  const { gas } = node.chain
  return {
    epoch: node.chain.epoch.toString(),
    epochStartTimestampMs: String(currentEpoch(node).startedAt),
    epochDurationMs: String(node.epochMs),
    protocolVersion: String(PROTOCOL_VERSION),
    systemStateVersion: '2',
    referenceGasPrice: REFERENCE_GAS_PRICE.toString(),
    iotaTotalSupply: node.chain.supply.toString(),
    iotaTreasuryCapId: NO_ID,
    safeMode: false,
    safeModeStorageCharges: '0',
    safeModeStorageRebates: '0',
    safeModeNonRefundableStorageFee: '0',
    storageFundTotalObjectStorageRebates: String(gas.storage - gas.rebate),
    storageFundNonRefundableBalance: '0',
    totalStake: '0',
    ...NO_VALIDATORS,
  }
}

const NO_VALIDATORS = {
  minValidatorCount: '0',
  maxValidatorCount: '0',
  minValidatorJoiningStake: '0',
  validatorLowStakeThreshold: '0',
  validatorVeryLowStakeThreshold: '0',
  validatorLowStakeGracePeriod: '0',
  activeValidators: [],
  atRiskValidators: [],
  validatorReportRecords: [],
  pendingActiveValidatorsId: NO_ID,
  pendingActiveValidatorsSize: '0',
  pendingRemovals: [],
  stakingPoolMappingsId: NO_ID,
  stakingPoolMappingsSize: '0',
  inactivePoolsId: NO_ID,
  inactivePoolsSize: '0',
  validatorCandidatesId: NO_ID,
  validatorCandidatesSize: '0',
}
