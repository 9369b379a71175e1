import type { Clock, Log } from '../base/index.ts'
import { createIotaLedger, type Ledger } from '../ledger/index.ts'
import { GatewayClient, type LinkedNode } from '../overlay/index.ts'

/** `s2:` and the chain identifier: no URL, the S2 nodes that are linked pass questions on. */
const BY_NODES = /^s2:([0-9a-f]{8})$/

/** The ledger at a URL, or as nodes pass it on; connects on first use. */
export function openLedger(options: { url: string; nodes: () => LinkedNode[]; clock: Clock; log: Log }): Ledger {
  const { nodes, ...rest } = options
  const [, chain] = BY_NODES.exec(options.url) ?? []
  if (chain === undefined) return createIotaLedger(rest)
  const gateway = new GatewayClient({ chain, nodes, clock: options.clock })
  return createIotaLedger({ ...rest, transport: gateway.transport, relay: () => gateway.relay() })
}
