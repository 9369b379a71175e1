import type { TLSSocket } from 'node:tls'
import { deadline, fromHex, type Clock, type Random, toHex } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { type SigningKey, verifyCertificate, verifySignature } from '../../crypto/index.ts'
import type { DeviceCertificate, LinkFrame, NodeRecordValue } from '../../wire/index.ts'
import { HANDSHAKE_MS } from '../constants.ts'
import type { Connection } from './connection.ts'
import { LINK_VERSION } from './dial.ts'
import { exporterOf } from './tls.ts'
import { type Transcript, transcriptDigest } from './transcript.ts'

/** Who is at the other end of a link, proven. `id` is the request to answer with Welcome. */
export type Guest =
  { role: 'device'; certificate: DeviceCertificate; id: number } | { role: 'node'; record: NodeRecordValue; id: number }

interface Greeter {
  key: SigningKey
  /** Undefined while the ledger has not told it yet. */
  chain: () => string | undefined
  clock: Clock
  random: Random
}

/**
 * The node's half of the handshake. Rejects within HANDSHAKE_MS; the caller closes the link then. Nothing else is served
 * before it resolves.
 */
export function greet(connection: Connection, tls: TLSSocket, greeter: Greeter): Promise<Guest> {
  const nodeKey = toHex(greeter.key.publicKey)
  let transcript: Transcript | undefined
  let forget = () => {}
  const guest = new Promise<Guest>((resolve, reject) => {
    forget = connection.onClose(reject)
    connection.handle((frame) => {
      try {
        if (!transcript) transcript = challenge(connection, tls, greeter, nodeKey, frame)
        else resolve(authenticate(frame, transcript, greeter.clock.now()))
      } catch (error) {
        connection.sendError(frame.id, error)
        reject(error)
      }
    })
  })
  // What is left on the link would stay for as long as the link does.
  return deadline(guest, HANDSHAKE_MS, 'The handshake took too long.').finally(() => forget())
}

function challenge(
  connection: Connection,
  tls: TLSSocket,
  greeter: Greeter,
  nodeKey: string,
  frame: LinkFrame,
): Transcript {
  if (frame.name !== 'hello') throw new ParleyError('unauthorized', 'A link begins with Hello.')
  if (frame.body.version !== LINK_VERSION)
    throw new ParleyError('unsupported_version', 'This node speaks another version.')
  const chain = greeter.chain()
  if (chain === undefined)
    throw new ParleyError('ledger_unreachable', 'This node does not reach its ledger yet.', { retryAfter: 1_000 })
  if (frame.body.chain !== chain) throw new ParleyError('conflict', 'This node serves another ledger network.')
  const nonce = greeter.random.bytes(32)
  const transcript = { chain, clientNonce: frame.body.nonce, nodeNonce: nonce, exporter: exporterOf(tls), nodeKey }
  const signature = greeter.key.sign(transcriptDigest('node', transcript))
  connection.send('challenge', frame.id, { nonce, nodeKey, signature, time: greeter.clock.now() })
  return transcript
}

function authenticate(frame: LinkFrame, transcript: Transcript, now: number): Guest {
  if (frame.name !== 'auth' && frame.name !== 'authNode')
    throw new ParleyError('unauthorized', 'Nothing is served before the link is authenticated.')
  const certificate = frame.name === 'auth' ? verifyCertificate(frame.body.certificate, now) : undefined
  const key =
    certificate?.devicePublicKey ?? (frame.name === 'authNode' ? fromHex(frame.body.record.nodeKey) : undefined)
  if (!key || !verifySignature(key, transcriptDigest('client', transcript), frame.body.signature))
    throw new ParleyError('bad_signature', 'The link is not signed by the key that it names.')
  if (certificate) return { role: 'device', certificate, id: frame.id }
  return { role: 'node', record: (frame.body as { record: NodeRecordValue }).record, id: frame.id }
}
