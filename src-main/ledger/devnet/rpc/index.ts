/**
 * The JSON-RPC interface of an IOTA node over the local ledger.
 *
 *   const answer = await dispatch(node, '{"jsonrpc":"2.0","id":1,"method":"iota_getChainIdentifier"}', log)
 */
export { dispatch } from './dispatch.ts'
