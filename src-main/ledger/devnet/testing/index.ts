/**
 * What the tests of the local ledger share: the ledger behind the unmodified SDK, and a node without a server.
 *
 *   const { client, funded, stop } = await startSdk()
 *   await client.signAndExecuteTransaction({ transaction: payment(newAddress(), 1), signer: await funded() })
 *   const { node, rich } = testNode()
 */
export { build, run, signatureOf } from './build.ts'
export { coinsOf, referenceTo, sequence, testNode, type TestNode } from './local-node.ts'
export { kindOf, profile, publishParley, register, sharedInput, STAKE_NANOS } from './registry.ts'
export { newAddress, payment, type SdkLedger, startSdk } from './sdk.ts'
export { type ObjectNames, publishRegistry, registration } from './sdk-move.ts'
