/**
 * The window's one door to the main process: an Electron port or a WebSocket, behind the same typed calls.
 *
 *   const backend = useBackend()
 *   const { contacts } = await backend.call('contacts.list', {})
 *   backend.on('message', (message) => …)
 */
export { type LinkState, openBackend, type WindowBackend } from './backend.ts'
export { backendKey, useBackend } from './key.ts'
export { electronTransport, socketTransport, type Transport } from './transport.ts'
