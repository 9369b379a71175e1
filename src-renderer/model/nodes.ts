import type { GivenNode, NetworkStatus, NetworkUsage } from '../../src-main/contract/index.ts'

type Link = NetworkStatus['links'][number]
export type NodeUsage = NetworkUsage['nodes'][number]
export type NodeCredit = NonNullable<NodeUsage['credit']>

/** A relay node as the network screen shows it: how it is linked, and what it serves. */
export interface RelayNode {
  /** Without the certificate's fingerprint, which nobody reads. */
  endpoint: string
  home: boolean
  link?: Link
  usage?: NodeUsage
  /** The user gave it. */
  given?: GivenNode
}

const withoutPrint = (endpoint: string) => endpoint.split('#')[0] ?? endpoint

/** Joins links, usage and what the user gave by endpoint; home nodes first. A node that is only known by one of them is shown too. */
export function relayNodes(
  links: readonly Link[],
  usages: readonly NodeUsage[],
  givens: readonly GivenNode[],
): RelayNode[] {
  const byEndpoint = new Map<string, RelayNode>()
  for (const link of links) {
    const endpoint = withoutPrint(link.endpoint)
    byEndpoint.set(endpoint, { endpoint, home: link.home, link })
  }
  for (const usage of usages) {
    const endpoint = withoutPrint(usage.endpoint)
    const known = byEndpoint.get(endpoint)
    byEndpoint.set(endpoint, { endpoint, home: usage.home, ...known, usage })
  }
  for (const given of givens) {
    const endpoint = withoutPrint(given.address)
    byEndpoint.set(endpoint, { endpoint, home: false, ...byEndpoint.get(endpoint), given })
  }
  return [...byEndpoint.values()].sort((a, b) => Number(b.home) - Number(a.home))
}

/** The locale key for how the user gave a node. */
export const givenKey = ({ atStart }: GivenNode) => (atStart ? 'usage.atStart' : 'usage.source.given')

/** What is told of a node that is not linked: its key. */
const NODE_ID = /^[0-9a-f]{64}$/

/** What a person calls a node: its host and port, or how its key begins where they are not known. */
export function nodeName(endpoint: string): string {
  if (NODE_ID.test(endpoint)) return `${endpoint.slice(0, 8)}…`
  return URL.parse(endpoint)?.host || endpoint
}

/** NANOS of a credit that are neither promised nor used. What was used is owed from one that is open, not from one that ends or is another device's. */
export function creditLeft({ state, deposited, paid, unpaid }: NodeCredit): bigint {
  const left = deposited - paid - (state === 'open' ? unpaid : 0n)
  return left > 0n ? left : 0n
}

/** The credits that have not ended, with the node that each is at and the share of it that is left, from 0 to 1. */
export function openCredits(nodes: readonly NodeUsage[]): { node: string; credit: NodeCredit; share: number }[] {
  return nodes.flatMap(({ endpoint, credit }) => {
    if (!credit || credit.state === 'closed' || credit.deposited === 0n) return []
    // A ten-thousandth is finer than any bar.
    const share = Number((creditLeft(credit) * 10_000n) / credit.deposited) / 10_000
    return [{ node: nodeName(endpoint), credit, share }]
  })
}

/** Whether NANOS can be deposited at a node now: it has told who it is and that it takes any. */
export function canAddCredit({ nodeId, source, prices, asks, credit }: NodeUsage): boolean {
  // One that is ending, which takes a day, buys nothing more: another may be begun beside it.
  if (nodeId === undefined || source === 'gone' || credit?.state === 'opening') return false
  return asks !== undefined || credit !== undefined || isPaid(prices)
}

/** Whether the credit at a node can be ended here: also that of another device, which cannot be asked for it. */
export function canEndCredit({ nodeId, credit }: NodeUsage): boolean {
  return nodeId !== undefined && (credit?.state === 'open' || credit?.state === 'elsewhere')
}

/** A deposit that need not be made again after a few messages: what this many megabytes cost to relay and to keep for a day. */
const SUGGESTED_MB = 50n

/** NANOS to begin a deposit with: never less than the node asks; nothing where it has told no prices and asks nothing. */
export function suggestedDeposit({ prices, asks = 0n }: NodeUsage): bigint {
  const enough = prices ? (prices.relayedMb + prices.storedMbDay) * SUGGESTED_MB : 0n
  return enough > asks ? enough : asks
}

/** Whole megabytes that NANOS pay for, each relayed and kept for a day; undefined where that is free. */
export function megabytesFor({ prices }: NodeUsage, nanos: bigint): bigint | undefined {
  const price = prices ? prices.relayedMb + prices.storedMbDay : 0n
  return price > 0n ? nanos / price : undefined
}

/** Whether any price is above nothing. */
function isPaid(prices: NodeUsage['prices']): boolean {
  return prices !== undefined && Object.values(prices).some((price) => price > 0n)
}

export interface Fees {
  /** NANOS in credits that have not ended, of this and of other devices, that are neither promised nor used. */
  left: bigint
  /** Used and not promised yet. */
  unpaid: bigint
  /** Asked by all nodes before they go on. */
  asked: bigint
}

export function feesOf(nodes: readonly NodeUsage[]): Fees {
  const open = nodes.flatMap(({ credit }) => (credit && credit.state !== 'closed' ? [credit] : []))
  const sum = (parts: readonly bigint[]) => parts.reduce((all, part) => all + part, 0n)
  return {
    left: sum(open.map(creditLeft)),
    unpaid: sum(open.map(({ unpaid }) => unpaid)),
    asked: sum(nodes.map(({ asks }) => asks ?? 0n)),
  }
}
