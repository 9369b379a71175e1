/**
 * The JSON-RPC interface of an IOTA node over the local ledger.
 *
 *   const answer = await dispatch(node, '{"jsonrpc":"2.0","id":1,"method":"iota_getChainIdentifier"}', log)
 */
export { balanceChanges } from './changes-view.ts'
export { dispatch } from './dispatch.ts'
export { parsedEvent } from './events-view.ts'
export { plainFieldsOf } from './move-view.ts'
export { notSupported } from './errors.ts'
