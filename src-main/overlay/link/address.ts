import { ParleyError } from '../../contract/index.ts'
import { MAX_ENDPOINT_BYTES, MAX_ENDPOINTS } from '../../wire/index.ts'
import type { NodeAddress } from '../types.ts'

const ENDPOINT = /^wss:\/\/[^\s#/?@]{1,253}:\d{1,5}$/
const FORM = /^(wss:\/\/[^\s#/?@]{1,253}:\d{1,5})\/?#([0-9a-fA-F]{64})$/

/** Reads `wss://host:port#FINGERPRINT`; throws `invalid_params`. */
export function parseNodeAddress(text: string): NodeAddress {
  const match = FORM.exec(text.trim())
  if (!match?.[1] || !match[2] || !URL.canParse(match[1]))
    throw new ParleyError('invalid_params', 'A node is given as wss://host:port#FINGERPRINT, with 64 hex digits.')
  return { endpoints: [match[1]], fingerprint: match[2].toLowerCase() }
}

export function formatNodeAddress({ endpoints, fingerprint }: NodeAddress): string {
  return `${endpoints[0] ?? ''}#${fingerprint}`
}

/** What was given by hand, each node once with all of its endpoints, as many as a record takes: a node may be several processes. */
export function mergeAddresses(nodes: readonly NodeAddress[]): NodeAddress[] {
  const merged = new Map<string, NodeAddress>()
  for (const { endpoints, fingerprint } of nodes) {
    const all = new Set([...(merged.get(fingerprint)?.endpoints ?? []), ...endpoints])
    merged.set(fingerprint, { endpoints: [...all].slice(0, MAX_ENDPOINTS), fingerprint })
  }
  return [...merged.values()]
}

/** Whether both are the same endpoints, in whatever order. */
export function sameEndpoints(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((endpoint) => other.includes(endpoint))
}

/** The endpoints of a node that can be dialled: what comes from others may be anything. Throws `invalid_params` for none. */
export function dialable({ endpoints, fingerprint }: NodeAddress): NodeAddress {
  const usable = endpoints.filter((endpoint) => endpoint.length <= MAX_ENDPOINT_BYTES && ENDPOINT.test(endpoint))
  if (usable.length === 0) throw new ParleyError('invalid_params', 'The node has no endpoint that can be used.')
  return { endpoints: usable, fingerprint }
}
