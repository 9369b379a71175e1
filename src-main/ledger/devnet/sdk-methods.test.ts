import { IotaClient } from '@iota/iota-sdk/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { type ObjectNames, payment, publishRegistry, type SdkLedger, startSdk } from './testing/index.ts'

/** What the SDK's client can do, and the one answer for what this ledger cannot. */
let ledger: SdkLedger
let client: IotaClient
let owner: string
let digest: string
let names: ObjectNames
let coin: string
beforeAll(async () => {
  ledger = await startSdk()
  client = ledger.client
  const signer = await ledger.funded()
  owner = signer.toIotaAddress()
  digest = (await client.signAndExecuteTransaction({ transaction: payment('0x9', 1), signer })).digest
  coin = (await client.getCoins({ owner })).data[0]?.coinObjectId ?? ''
  names = await publishRegistry(client, signer)
})
afterAll(() => ledger.stop())

const function_ = () => ({ package: names.package, module: 'registry', function: 'prices' })
const supported: Record<string, () => Promise<unknown>> = {
  call: () => client.call('iota_getChainIdentifier', []),
  devInspectTransactionBlock: () =>
    client.devInspectTransactionBlock({ sender: owner, transactionBlock: payment(owner, 1) }),
  dryRunTransactionBlock: async () => {
    const transaction = payment(owner, 1)
    transaction.setSender(owner)
    return client.dryRunTransactionBlock({ transactionBlock: await transaction.build({ client }) })
  },
  executeTransactionBlock: async () => {
    const signer = await ledger.funded()
    const transaction = payment(owner, 1)
    transaction.setSender(signer.toIotaAddress())
    const transactionBlock = await transaction.build({ client })
    const { signature } = await signer.signTransaction(transactionBlock)
    return client.executeTransactionBlock({ transactionBlock, signature })
  },
  getAllBalances: () => client.getAllBalances({ owner }),
  getAllCoins: () => client.getAllCoins({ owner }),
  getBalance: () => client.getBalance({ owner }),
  getChainIdentifier: () => client.getChainIdentifier(),
  getCheckpoint: () => client.getCheckpoint({ id: '0' }),
  getCheckpoints: () => client.getCheckpoints({ descendingOrder: true }),
  getCirculatingSupply: () => client.getCirculatingSupply(),
  getCoinMetadata: () => client.getCoinMetadata({ coinType: '0x2::iota::IOTA' }),
  getCoins: () => client.getCoins({ owner }),
  getCommitteeInfo: () => client.getCommitteeInfo(),
  getCurrentEpoch: () => client.getCurrentEpoch(),
  getDynamicFieldObject: () =>
    client.getDynamicFieldObject({ parentObjectId: coin, name: { type: 'u64', value: '1' } }),
  getDynamicFieldObjectV1: () => client.getDynamicFieldObjectV1({ parentId: coin, name: { type: 'u64', value: '1' } }),
  getDynamicFieldObjectV2: () =>
    client.getDynamicFieldObjectV2({ parentObjectId: coin, name: { type: 'u64', value: '1' } }),
  getDynamicFields: () => client.getDynamicFields({ parentId: coin }),
  getEpochMetrics: () => client.getEpochMetrics(),
  getEpochs: () => client.getEpochs(),
  getLatestCheckpointSequenceNumber: () => client.getLatestCheckpointSequenceNumber(),
  getLatestIotaSystemState: () => client.getLatestIotaSystemState(),
  getLatestIotaSystemStateV1: () => client.getLatestIotaSystemStateV1(),
  getLatestIotaSystemStateV2: () => client.getLatestIotaSystemStateV2(),
  getMoveFunctionArgTypes: () => client.getMoveFunctionArgTypes(function_()),
  getNormalizedMoveFunction: () => client.getNormalizedMoveFunction(function_()),
  getNormalizedMoveModule: () => client.getNormalizedMoveModule({ package: names.package, module: 'registry' }),
  getNormalizedMoveModulesByPackage: () => client.getNormalizedMoveModulesByPackage({ package: names.package }),
  getNormalizedMoveStruct: () =>
    client.getNormalizedMoveStruct({ package: names.package, module: 'registry', struct: 'NodeRecord' }),
  getObject: () => client.getObject({ id: coin }),
  getOwnedObjects: () => client.getOwnedObjects({ owner }),
  getParticipationMetrics: () => client.getParticipationMetrics(),
  getProtocolConfig: () => client.getProtocolConfig(),
  getReferenceGasPrice: () => client.getReferenceGasPrice(),
  getRpcApiVersion: () => client.getRpcApiVersion(),
  getStakes: () => client.getStakes({ owner }),
  getStakesByIds: () => client.getStakesByIds({ stakedIotaIds: [] }),
  getTimelockedStakes: () => client.getTimelockedStakes({ owner }),
  getTimelockedStakesByIds: () => client.getTimelockedStakesByIds({ timelockedStakedIotaIds: [] }),
  getTotalSupply: () => client.getTotalSupply({ coinType: '0x2::iota::IOTA' }),
  getTotalTransactionBlocks: () => client.getTotalTransactionBlocks(),
  getTotalTransactions: () => client.getTotalTransactions(),
  getTransactionBlock: () => client.getTransactionBlock({ digest }),
  getValidatorsApy: () => client.getValidatorsApy(),
  isTransactionIndexedOnNode: () => client.isTransactionIndexedOnNode({ digest }),
  multiGetObjects: () => client.multiGetObjects({ ids: [coin] }),
  multiGetTransactionBlocks: () => client.multiGetTransactionBlocks({ digests: [digest] }),
  queryEvents: () => client.queryEvents({ query: { Sender: owner } }),
  queryTransactionBlocks: () => client.queryTransactionBlocks({}),
  signAndExecuteTransaction: async () =>
    client.signAndExecuteTransaction({ transaction: payment(owner, 1), signer: await ledger.funded() }),
  tryGetPastObject: () => client.tryGetPastObject({ id: coin, version: 1 }),
  waitForTransaction: () => client.waitForTransaction({ digest }),
}

const missing: Record<string, () => Promise<unknown>> = {
  getAddressMetrics: () => client.getAddressMetrics(),
  getAllEpochAddressMetrics: () => client.getAllEpochAddressMetrics(),
  getCheckpointAddressMetrics: () => client.getCheckpointAddressMetrics({ checkpoint: '1' }),
  getMoveCallMetrics: () => client.getMoveCallMetrics(),
  getNetworkMetrics: () => client.getNetworkMetrics(),
  iotaNamesFindAllRegistrationNFTs: () => client.iotaNamesFindAllRegistrationNFTs({ address: owner }),
  iotaNamesLookup: () => client.iotaNamesLookup({ name: 'a.iota' }),
  iotaNamesReverseLookup: () => client.iotaNamesReverseLookup({ address: owner }),
  // The SDK would go over a WebSocket, which there is not; asked over HTTP, the answer is the same as for the others.
  subscribeEvent: () => client.call('iotax_subscribeEvent', [{ Sender: owner }]),
  subscribeTransaction: () => client.call('iotax_subscribeTransaction', [{ FromAddress: owner }]),
  view: () => client.view({ functionName: '0x2::a::b', typeArgs: [], arguments: [] }),
}

describe('every method of the SDK either works', () => {
  for (const [name, run] of Object.entries(supported)) test(name, async () => expect(await run()).toBeDefined())
})

describe('or says that this devnet does not support it', () => {
  for (const [name, run] of Object.entries(missing))
    test(name, async () => {
      await expect(run()).rejects.toMatchObject({
        code: -32601,
        type: 'MethodNotFound',
        message: expect.stringMatching(/is not supported by this devnet$/),
      })
    })
})

test('no method of the SDK was forgotten', () => {
  const all = Object.getOwnPropertyNames(IotaClient.prototype).filter((name) => name !== 'constructor')
  expect([...Object.keys(supported), ...Object.keys(missing)].sort()).toEqual(all.sort())
})
