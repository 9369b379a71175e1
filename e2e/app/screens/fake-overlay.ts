import { type Handlers, type NetworkUsage, type NodeUsage, ParleyError } from '../../../src-main/contract/index.ts'
import type { Scenario } from './fake-types.ts'
import type { FakeWallet } from './fake-wallet.ts'

type NodeCall = 'network.givenNodes' | 'network.addNode' | 'network.removeNode'
type OverlayCall = NodeCall | `network.${'usage' | 'creditCost' | 'openCredit' | 'closeCost' | 'closeCredit'}`

const HOUR = 3_600_000
const MB = 1_000_000
const NANOS = 1_000_000_000n
/** Two transactions where the node does not agree. */
const END_FEE = { burned: 3_000_000n, deposit: 0n, relay: 0n }
const FEE = { burned: 2_310_000n, deposit: 4_560_000n, relay: 0n }

/** Traffic of a day that comes and goes. */
function hours(now: number): NetworkUsage['hours'] {
  const wave = (index: number, size: number) =>
    Math.round(size * (1 + Math.sin(index / 2.5)) + (index % 5) * size * 0.1)
  return Array.from({ length: 24 }, (_, index) => ({
    at: now - (now % HOUR) - (23 - index) * HOUR,
    nodes: { sent: wave(index, 0.4 * MB), received: wave(index + 2, 0.7 * MB) },
    direct: { sent: wave(index + 5, 2 * MB), received: wave(index + 6, MB) },
  }))
}

/** Three nodes at the endpoints that are linked: one free, one that is paid from a credit, one that asks. */
function demoNodes(): NodeUsage[] {
  const node = (index: number, name: string): NodeUsage => ({
    endpoint: `wss://relay-${name}.example:4433`,
    nodeId: String(index).repeat(64),
    home: index < 3,
    source: index === 3 ? 'named' : 'registered',
    traffic: { sent: 8 * MB * index, received: 13 * MB * index },
  })
  const prices = { relayedMb: NANOS / 100n, storedMbDay: NANOS / 1_000n, forwardedTransaction: NANOS / 500n }
  const credit = { channelId: `0x${'c'.repeat(64)}`, state: 'open' as const, deposited: NANOS, paid: NANOS / 4n }
  return [
    node(1, 'one'),
    {
      ...node(2, 'two'),
      prices,
      allowance: { bytesPerDay: 10 * MB, usedBytes: 10 * MB },
      credit: { ...credit, unpaid: NANOS / 1_000n },
    },
    {
      ...node(3, 'three'),
      prices,
      allowance: { bytesPerDay: 10 * MB, usedBytes: 9.8 * MB },
      postage: NANOS / 200n,
      asks: NANOS / 10n,
    },
  ]
}

/** A credit that this device cannot use, at a node whose name and sums are as long as they come. */
function foreignNode(): NodeUsage {
  const credit = { channelId: `0x${'e'.repeat(64)}`, state: 'elsewhere' as const, unpaid: 0n }
  return {
    endpoint: `wss://${'relay-'.repeat(9)}weit-draussen.betreibergesellschaft.example:44333`,
    nodeId: '9'.repeat(64),
    home: true,
    source: 'registered',
    traffic: { sent: 987_654 * MB, received: 1_234_567 * MB },
    prices: { relayedMb: 1_234_567_891n, storedMbDay: 9_876_543_219n, forwardedTransaction: 123_456_789n },
    postage: 12_345_678_912n,
    allowance: { bytesPerDay: 123_456 * MB, usedBytes: 98_765 * MB },
    credit: { ...credit, deposited: 1_234_567_890_123_456_789n, paid: 234_567_890_123_456_789n },
    asks: 987_654_321_987_654_321n,
  }
}

/** A credit at a node that was removed, or does not answer. */
function goneNode(): NodeUsage {
  const nodeId = '7a'.repeat(32)
  const sums = { deposited: NANOS, paid: NANOS / 8n, unpaid: 0n }
  const credit = { channelId: `0x${'b'.repeat(64)}`, state: 'open' as const, ...sums }
  return { endpoint: nodeId, nodeId, home: false, source: 'gone', traffic: { sent: 0, received: 0 }, credit }
}

function usageOf(scenario: Scenario, now: number): NetworkUsage {
  const quiet = { sent: 0, received: 0 }
  if (scenario === 'empty' || scenario === 'new' || scenario === 'ledger')
    return {
      hours: [{ at: now - (now % HOUR), nodes: quiet, direct: quiet }],
      messages: { direct: 0, relayed: 0, stored: 0 },
      nodes: [],
      paid: 0n,
    }
  const messages = { direct: 412, relayed: 57, stored: 23 }
  if (scenario === 'elsewhere') {
    const busy = hours(now).map((hour) => ({ ...hour, nodes: { sent: 1e15, received: 3e14 } }))
    const many = { direct: 123_456_789, relayed: 98_765_432, stored: 7 }
    return { hours: busy, messages: many, nodes: [foreignNode()], paid: 4_321_234_567_890_123_456n }
  }
  const nodes = scenario === 'many' ? [goneNode(), ...demoNodes()] : demoNodes()
  return { hours: hours(now), messages, nodes, paid: NANOS / 4n }
}

/** What is wrong with an address that a test adds, by its host. */
const TRIALS = {
  away: ['offline', 'node_away'],
  elsewhere: ['conflict', 'node_other_ledger'],
  impostor: ['bad_signature', 'node_certificate'],
} as const

/** The nodes that the user gave: one of the start, which is linked, and two that were added. */
function nodeHandlers(scenario: Scenario): Pick<Handlers, NodeCall> {
  const of = (name: string, atStart: boolean) => ({
    address: `wss://relay-${name}.example:4433#${'f0'.repeat(32)}`,
    atStart,
  })
  let nodes = scenario === 'demo' ? [of('one', true), of('two', false), of('at-home', false)] : []
  return {
    'network.givenNodes': async () => ({ nodes }),
    'network.addNode': async ({ address }) => {
      if (!/^wss:\/\/[^#]+:\d+#[0-9a-f]{64}$/.test(address))
        throw new ParleyError('invalid_params', 'No address.', { reason: 'node_address' })
      for (const [host, [code, reason]] of Object.entries(TRIALS))
        if (address.includes(host)) throw new ParleyError(code, 'Not this one.', { reason })
      nodes = [...nodes, { address, atStart: false }]
      return { nodes }
    },
    'network.removeNode': async ({ address }) => {
      nodes = nodes.filter((node) => node.address !== address)
      return { nodes }
    },
  }
}

/** Demo answers about the overlay; credits are kept as long as the server runs. */
export function overlayHandlers(scenario: Scenario, now: number, wallet: FakeWallet): Pick<Handlers, OverlayCall> {
  const usage = usageOf(scenario, now)
  let endFee = END_FEE
  const nodeOf = (nodeId: string) => {
    const node = usage.nodes.find((known) => known.nodeId === nodeId)
    if (!node) throw new ParleyError('not_found', 'No such node.')
    return node
  }
  return {
    ...nodeHandlers(scenario),
    'network.usage': async () => {
      if (scenario === 'uncounted') throw new ParleyError('not_supported', 'Not counted.')
      if (scenario === 'usageAway') throw new ParleyError('internal', 'Away.')
      return usage
    },
    'network.creditCost': async ({ nanos }) => {
      const total = nanos + FEE.burned + FEE.deposit
      if (total > (wallet.balances[0] ?? 0n)) throw new ParleyError('insufficient_funds', 'Not enough.')
      return { fee: FEE, total }
    },
    'network.openCredit': async ({ nodeId, nanos }) => {
      const node = nodeOf(nodeId)
      if (!wallet.reachable) throw new ParleyError('ledger_unreachable', 'The ledger cannot be reached.')
      const before = node.credit ?? { channelId: `0x${'d'.repeat(64)}`, deposited: 0n, paid: 0n, unpaid: 0n }
      node.credit = { ...before, state: 'open', deposited: before.deposited + nanos }
      delete node.asks
      return { channelId: node.credit.channelId, digest: 'D'.repeat(44), fee: FEE }
    },
    'network.closeCost': async ({ nodeId }) => {
      const { credit } = nodeOf(nodeId)
      if (!credit) throw new ParleyError('not_found', 'No credit there.')
      if (!wallet.reachable) throw new ParleyError('ledger_unreachable', 'The ledger cannot be reached.')
      const { state, deposited, paid, unpaid } = credit
      const kept = paid + unpaid
      return { fee: endFee, returned: deposited - kept, kept, atOnce: state === 'open', windowMs: 24 * HOUR }
    },
    'network.closeCredit': async ({ nodeId, mostFee = 0n }) => {
      const { credit } = nodeOf(nodeId)
      if (!credit) throw new ParleyError('not_found', 'No credit there.')
      // The ledger's price rises once while it is looked at.
      const isDearer = scenario === 'dearer' && endFee === END_FEE
      if (isDearer) endFee = { ...END_FEE, burned: 2n * END_FEE.burned, relay: END_FEE.burned }
      if (mostFee < endFee.burned) throw new ParleyError('conflict', 'Dearer.', { reason: 'higher_fee' })
      const isElsewhere = credit.state === 'elsewhere'
      credit.state = isElsewhere ? 'closing' : 'closed'
      return { returned: credit.deposited - credit.paid, at: isElsewhere ? Date.now() + 24 * HOUR : now, fee: endFee }
    },
  }
}
