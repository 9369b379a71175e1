/**
 * The server's side of WebSockets (RFC 6455) for the links of a node. Devices and nodes that dial use `ws`.
 *
 *     server.on('upgrade', (request, stream, head) => {
 *       if (!acceptUpgrade(request, stream)) return
 *       const socket = new ServerSocket(stream, head, MAX_FRAME_BYTES)
 *       socket.on('message', (bytes, binary) => …)
 *     })
 */
export { HEAD_ROOM, ServerSocket } from './server-socket.ts'
export { acceptUpgrade } from './upgrade.ts'
