/**
 * Every call and event that the window or a bot may use. No Node, no DOM: the same tables serve the
 * Electron preload, the loopback server, the HTTP API and the renderer.
 *
 *   const { address } = await backend.call('identity.get', {})
 *   backend.on('message', (message) => console.log(message.text))
 */
export { errorCodes, isErrorCode, isLedgerAway, ParleyError, toParleyError } from './errors.ts'
export type { ErrorCode, ParleyErrorOptions } from './errors.ts'
export { events } from './events.ts'
export type { EventName, EventPayload } from './events.ts'
export { methods } from './methods.ts'
export type { Handlers, MethodInput, MethodName, MethodParams, MethodResult } from './methods.ts'
export { connect, invoke, serve } from './rpc.ts'
export type { Backend, Channel, ServedChannel } from './rpc.ts'
export { decodeMessage, encodeMessage, MAX_MESSAGE_BYTES } from './codec.ts'
export { identicon } from './identicon.ts'
export * from './schemas.ts'
export * from './wallet.ts'
export * from './rooms.ts'
export * from './overlay.ts'
