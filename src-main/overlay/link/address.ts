import { ParleyError } from '../../contract/index.ts'
import type { NodeAddress } from '../types.ts'

const FORM = /^(wss:\/\/[^\s#/?@]{1,253}:\d{1,5})\/?#([0-9a-fA-F]{64})$/

/** Reads `wss://host:port#FINGERPRINT`; throws `invalid_params`. */
export function parseNodeAddress(text: string): NodeAddress {
  const match = FORM.exec(text.trim())
  if (!match?.[1] || !match[2] || !URL.canParse(match[1]))
    throw new ParleyError('invalid_params', 'A node is given as wss://host:port#FINGERPRINT, with 64 hex digits.')
  return { url: match[1], fingerprint: match[2].toLowerCase() }
}

export function formatNodeAddress(node: NodeAddress): string {
  return `${node.url}#${node.fingerprint}`
}
