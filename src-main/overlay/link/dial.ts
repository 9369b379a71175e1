import type { TLSSocket } from 'node:tls'
import { WebSocket } from 'ws'
import { fromHex, type Log, type Random } from '../../base/index.ts'
import { type ErrorCode, isErrorCode, ParleyError, toParleyError } from '../../contract/index.ts'
import { type SigningKey, verifySignature } from '../../crypto/index.ts'
import { type LinkBody, MAX_FRAME_BYTES, type NodeRecordValue } from '../../wire/index.ts'
import { HANDSHAKE_MS } from '../constants.ts'
import type { NodeAddress } from '../types.ts'
import { Connection } from './connection.ts'
import { checkPinned, exporterOf } from './tls.ts'
import { transcriptDigest } from './transcript.ts'
import type { FrameMeter } from './types.ts'

export const LINK_VERSION = 1
const NONCE_BYTES = 32

/** Who dials: a device with its certificate, or a node with its record. */
export type LinkCredentials =
  | { role: 'device'; certificate: Uint8Array; key: SigningKey }
  | { role: 'node'; record: NodeRecordValue; key: SigningKey }

export interface Dialled {
  connection: Connection
  /** Hex; it signed this very connection. */
  nodeKey: string
  welcome: LinkBody<'welcome'>
}

/**
 * Links to a node: TLS with the pinned certificate, then both sides sign both nonces and the TLS exporter.
 * Rejects with `bad_signature` (another certificate or key than expected), `offline`, `timeout` or what the node said.
 */
export async function dial(options: {
  node: NodeAddress
  credentials: LinkCredentials
  chain: string
  random: Random
  log: Log
  /** Told of every frame's length. */
  meter?: FrameMeter
  /** Told what time it is there, ms since 1970, also where the node lets nobody in. */
  onTime?: (theirs: number) => void
}): Promise<Dialled> {
  const { connection, exporter } = await open(options)
  try {
    const clientNonce = options.random.bytes(NONCE_BYTES)
    const challenge = await connection.request(
      'hello',
      { version: LINK_VERSION, chain: options.chain, nonce: clientNonce },
      'challenge',
      HANDSHAKE_MS,
    )
    const { nodeKey } = challenge
    const transcript = { chain: options.chain, clientNonce, nodeNonce: challenge.nonce, exporter, nodeKey }
    if (!verifySignature(fromHex(nodeKey), transcriptDigest('node', transcript), challenge.signature))
      throw new ParleyError('bad_signature', 'The node did not prove its key.')
    options.onTime?.(Number(challenge.time))
    const signature = options.credentials.key.sign(transcriptDigest('client', transcript))
    const welcome =
      options.credentials.role === 'device'
        ? await connection.request(
            'auth',
            { certificate: options.credentials.certificate, signature },
            'welcome',
            HANDSHAKE_MS,
          )
        : await connection.request(
            'authNode',
            { record: options.credentials.record, signature },
            'welcome',
            HANDSHAKE_MS,
          )
    return { connection, nodeKey, welcome }
  } catch (error) {
    connection.close()
    throw error
  }
}

interface Opened {
  connection: Connection
  exporter: Uint8Array
}

/**
 * The first endpoint that answers with the pinned certificate. They are tried in any order: they are processes of one node,
 * each of which should get its share.
 */
async function open({ node, random, log, meter }: Parameters<typeof dial>[0]): Promise<Opened> {
  const { endpoints, fingerprint } = node
  let failure: unknown = new ParleyError('invalid_params', 'The node has no endpoint.')
  for (const endpoint of shuffled(endpoints, random)) {
    try {
      return await openEndpoint(endpoint, fingerprint, log, meter)
    } catch (error) {
      failure = error
    }
  }
  throw failure
}

function shuffled(endpoints: readonly string[], random: Random): string[] {
  const drawn = endpoints.map((endpoint) => ({ endpoint, at: random.float() }))
  return drawn.sort((one, other) => one.at - other.at).map(({ endpoint }) => endpoint)
}

function openEndpoint(endpoint: string, fingerprint: string, log: Log, meter?: FrameMeter): Promise<Opened> {
  return new Promise((resolve, reject) => {
    // No authority signs these certificates: the fingerprint is checked below, before one frame is sent.
    const socket = new WebSocket(endpoint, {
      rejectUnauthorized: false,
      minVersion: 'TLSv1.3',
      perMessageDeflate: false,
      maxPayload: MAX_FRAME_BYTES,
      handshakeTimeout: HANDSHAKE_MS,
      followRedirects: false,
    })
    let refused: unknown
    let stream: TLSSocket | undefined
    let exporter: Uint8Array = new Uint8Array()
    socket.on('upgrade', (response) => {
      try {
        const tls = response.socket as TLSSocket
        checkPinned(tls, fingerprint)
        tls.setNoDelay(true)
        exporter = exporterOf(tls)
        stream = tls
      } catch (error) {
        refused = error
      }
    })
    const failed = (error: Error) =>
      reject(
        refused
          ? toParleyError(refused)
          : new ParleyError(codeOf(error), 'The node cannot be reached.', { cause: error }),
      )
    socket.on('error', failed)
    socket.on('close', () => failed(new Error('closed')))
    socket.on('open', () => {
      if (!refused) return resolve({ connection: new Connection(socket, log, meter, stream), exporter })
      socket.terminate()
      failed(new Error('refused'))
    })
  })
}

function codeOf(error: Error): ErrorCode {
  return isErrorCode((error as { code?: unknown }).code) ? ((error as { code?: unknown }).code as ErrorCode) : 'offline'
}
