/**
 * The local ledger behind the unmodified SDK.
 *
 *   const { client, funded, stop } = await startSdk()
 *   await client.signAndExecuteTransaction({ transaction: payment(newAddress(), 1), signer: await funded() })
 */
export { newAddress, payment, type SdkLedger, startSdk } from './sdk.ts'
