import * as v from 'valibot'
import {
  COMPUTATION_UNITS,
  MAX_GAS_BUDGET,
  MAX_GAS_OBJECTS,
  MAX_PURE_BYTES,
  MAX_TRANSACTION_BYTES,
  PROTOCOL_VERSION,
  REFERENCE_GAS_PRICE,
} from '../execution/index.ts'
import { method, type Method } from './method.ts'
import { countParam } from './params.ts'

/** A day: shown only, epochs do not turn yet. */
const EPOCH_DURATION_MS = 86_400_000

const ATTRIBUTES = {
  base_tx_cost_fixed: { u64: String(COMPUTATION_UNITS) },
  max_gas_payment_objects: { u32: String(MAX_GAS_OBJECTS) },
  max_pure_argument_size: { u32: String(MAX_PURE_BYTES) },
  max_tx_gas: { u64: String(MAX_GAS_BUDGET) },
  max_tx_size_bytes: { u64: String(MAX_TRANSACTION_BYTES) },
  obj_data_cost_refundable: { u64: '100' },
  storage_gas_price: { u64: '76' },
}

export const networkMethods: Record<string, Method> = {
  'rpc.discover': method([], () => ({
    openrpc: '1.2.6',
    info: { title: 'Parley local ledger', description: 'Tokens of this ledger have no value.', version: '1.0.0' },
    methods: [],
  })),
  iota_getChainIdentifier: method([], (node) => node.chain.identifier),
  iotax_getReferenceGasPrice: method([], () => REFERENCE_GAS_PRICE.toString()),
  iota_getProtocolConfig: method([v.unknown()], () => ({
    minSupportedProtocolVersion: String(PROTOCOL_VERSION),
    maxSupportedProtocolVersion: String(PROTOCOL_VERSION),
    protocolVersion: String(PROTOCOL_VERSION),
    featureFlags: {},
    attributes: ATTRIBUTES,
  })),
  iotax_getLatestIotaSystemStateV2: method([], (node) => ({
    V2: {
      epoch: node.chain.epoch.toString(),
      protocolVersion: String(PROTOCOL_VERSION),
      systemStateVersion: '2',
      referenceGasPrice: REFERENCE_GAS_PRICE.toString(),
      epochStartTimestampMs: String(node.chain.genesisTime),
      epochDurationMs: String(EPOCH_DURATION_MS),
      activeValidators: [],
      committeeMembers: [],
      atRiskValidators: [],
      validatorReportRecords: [],
    },
  })),
  iotax_getCommitteeInfo: method([v.nullish(countParam)], (node, epoch) => ({
    epoch: String(epoch ?? node.chain.epoch),
    validators: [],
  })),
}
