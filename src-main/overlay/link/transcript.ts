import { concat, fromHex } from '../../base/index.ts'
import { signingDigest } from '../../wire/index.ts'

/** What both sides of a link know before anyone is authenticated. */
export interface Transcript {
  chain: string
  /** 32 bytes each. */
  clientNonce: Uint8Array
  nodeNonce: Uint8Array
  /** 32 bytes bound to this TLS connection: a signature cannot be carried to another one. */
  exporter: Uint8Array
  /** Hex. */
  nodeKey: string
}

/** What the node signs in Challenge, and what the side that dials (a device or a node) signs in Auth. */
export function transcriptDigest(role: 'node' | 'client', transcript: Transcript): Uint8Array<ArrayBuffer> {
  const bytes = concat(transcript.clientNonce, transcript.nodeNonce, transcript.exporter, fromHex(transcript.nodeKey))
  return signingDigest(role === 'node' ? 'parley/link-node/1' : 'parley/link-client/1', transcript.chain, bytes)
}
