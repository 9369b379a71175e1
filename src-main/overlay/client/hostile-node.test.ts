import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { Secret, silentLog, systemClock, systemRandom } from '../../base/index.ts'
import { signingKeyFromSeed } from '../../crypto/index.ts'
import { testIdentity, waitFor } from '../../testing/testnet-nodes.ts'
import { formatNodeAddress } from '../link/address.ts'
import { Connection } from '../link/connection.ts'
import { greet } from '../link/greet.ts'
import { createTlsCredentials, fingerprintOf } from '../link/tls.ts'
import { buildPresence } from '../presence/packet.ts'
import { createDevice, type TestDevice } from '../test-device.ts'
import type { OverlayIdentity } from '../types.ts'

const CHAIN = '0badcafe'
let server: ReturnType<typeof createServer>
let sockets: WebSocketServer
/** Of the node to the device. */
let connection: Connection
let device: TestDevice

/** A node that greets truly, and then does as a test likes. */
beforeEach(async () => {
  const key = signingKeyFromSeed(new Secret(systemRandom.bytes(32)))
  const tls = await createTlsCredentials(Date.now())
  server = createServer({ ...tls, minVersion: 'TLSv1.3' })
  sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket, request) => {
    connection = new Connection(socket, silentLog)
    const greeter = { key, chain: () => CHAIN, clock: systemClock, random: systemRandom }
    void greet(connection, request.socket as TLSSocket, greeter).then(({ id }) => {
      connection.handle((frame) => connection.send('ok', frame.id, {}))
      const limits = { stock: 100, maxEnvelopeBytes: 65_536, maxTtl: 1_000, framesPerSecond: 100 }
      connection.send('welcome', id, { nodes: [], ...limits })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const endpoints = [`wss://127.0.0.1:${(server.address() as AddressInfo).port}`]
  device = createDevice([formatNodeAddress({ endpoints, fingerprint: fingerprintOf(tls.cert) })])
  await device.overlay.start()
  await waitFor(() => device.overlay.links()[0]?.state === 'connected')
})
afterEach(async () => {
  await device.overlay.stop()
  for (const socket of sockets.clients) socket.terminate()
  sockets.close()
  await new Promise((resolve) => server.close(resolve))
})

function pushPresence({ certificate, deviceKey }: OverlayIdentity): void {
  const fields = { issuedAt: Date.now(), ttl: 60_000, sequence: '0', homeNodes: [], endpoints: [], capabilities: 0 }
  const packet = buildPresence(deviceKey, CHAIN, { ...fields, certificate: certificate.signed, goodbye: false })
  connection.send('presenceUpdate', 0, { address: certificate.addressText, packets: [packet] })
}

it('tells the presence of contacts, and fills nothing with that of whom nobody asked for', async () => {
  const [contact, stranger] = [testIdentity(), testIdentity()]
  const heard: string[] = []
  device.overlay.on('presence', ({ address }) => heard.push(address))
  device.overlay.setContacts([contact.certificate.addressText])
  pushPresence(stranger)
  pushPresence(contact)
  await waitFor(() => heard.length > 0)
  expect(heard).toEqual([contact.certificate.addressText])
  expect(device.overlay.isOnline(stranger.certificate.addressText)).toBe(false)
})
