import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { createTlsCredentials } from '../../src-main/overlay/link/tls.ts'
import { createTestNode, fixedLedger } from '../../src-main/testing/testnet-nodes.ts'
import { CHAIN } from './lean-client.ts'

/**
 * The servers of bench/s2.ts, each a process of its own: `node FOLDER` is an S2 node with its limits as they are, `bare` what `ws`
 * over TLS does by itself: it tells each connection its number, and passes each message on to the connection whose number it
 * begins with.
 */
async function startNode(dataDir: string): Promise<number> {
  const node = createTestNode({ dataDir, ledger: fixedLedger(CHAIN) })
  await node.start()
  return Number(new URL(node.endpoint).port)
}

async function startBare(): Promise<number> {
  const tls = await createTlsCredentials(Date.now())
  const server = createServer({ ...tls, minVersion: 'TLSv1.3' })
  server.on('connection', (socket: Socket) => socket.setNoDelay(true))
  const sockets = new WebSocketServer({ server, perMessageDeflate: false })
  const all: WebSocket[] = []
  sockets.on('connection', (socket) => {
    const number = Buffer.alloc(4)
    number.writeUInt32LE(all.push(socket) - 1)
    socket.on('message', (bytes: Buffer) => all[bytes.readUInt32LE(0)]?.send(bytes))
    socket.on('error', () => {})
    socket.send(number)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

process.on('disconnect', () => process.exit(0))
process.on('message', (order) => {
  if (order === 'collect') for (let round = 0; round < 3; round++) global.gc?.()
  process.send?.({ cpu: process.cpuUsage() })
})
const [role, folder = ''] = process.argv.slice(2)
process.send?.({ port: await (role === 'node' ? startNode(folder) : startBare()) })
