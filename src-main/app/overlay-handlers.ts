import { type Handlers, type NetworkUsage, type NodeUsage } from '../contract/index.ts'
import type { Overlay } from '../overlay/index.ts'
import type { Account } from './account.ts'
import type { AppControl } from './app-control.ts'
import { usageHours } from './usage-hours.ts'

export type OverlayHandlers = Pick<
  Handlers,
  'network.usage' | 'network.creditCost' | 'network.openCredit' | 'network.closeCost' | 'network.closeCredit'
>

/** Usage of the overlay and paying for it. */
export function overlayHandlers(app: AppControl): OverlayHandlers {
  const fees = () => app.account().relay.fees
  return {
    'network.usage': async () => usage(app.account()),
    'network.creditCost': ({ nodeId, nanos }) => fees().cost(nodeId, nanos),
    'network.openCredit': async ({ nodeId, nanos, prices }) => {
      const opened = await fees().open(nodeId, nanos, prices)
      // What was refused for want of money goes now.
      app.account().delivery.hastenAll()
      return opened
    },
    'network.closeCost': ({ nodeId }) => fees().endCost(nodeId),
    'network.closeCredit': ({ nodeId, mostFee }) => fees().close(nodeId, mostFee),
  }
}

function usage(account: Account): NetworkUsage {
  const { relay, overlay } = account
  const traffic = overlay?.traffic() ?? { hours: [], nodes: [] }
  return {
    hours: usageHours(traffic.hours, relay.directHours(), account.parts.clock.now()),
    messages: { ...relay.ways.counts },
    nodes: [...traffic.nodes.map((node) => nodeUsage(account, node)), ...credited(account, traffic.nodes)],
    paid: relay.fees.paid(),
  }
}

type NodeTraffic = ReturnType<Overlay['traffic']>['nodes'][number]

/** What lies with nodes that are not linked now is shown too, and can be ended: whatever became of them, it is the user's. */
function credited({ relay, store }: Account, linked: readonly NodeTraffic[]): NodeUsage[] {
  const shown = new Set(linked.map(({ nodeKey }) => nodeKey))
  const open = store.relayFees.credits().filter(({ node, state }) => state !== 'closed' && !shown.has(node))
  return [...new Set(open.map(({ node }) => node))].map((node) => ({
    ...{ endpoint: node, nodeId: node, home: false, source: 'gone', traffic: { sent: 0, received: 0 } },
    ...creditAt(relay.fees.of(node)),
  }))
}

function creditAt({ credit, unpaid }: ReturnType<Account['relay']['fees']['of']>): Pick<NodeUsage, 'credit'> {
  if (!credit) return {}
  const { channel = '', state, deposited, paid } = credit
  return { credit: { channelId: channel, state, deposited, paid, unpaid } }
}

function nodeUsage(
  { relay, overlay, parts }: Account,
  { endpoint, nodeKey, registered, traffic }: NodeTraffic,
): NodeUsage {
  const link = overlay?.links().find((each) => each.endpoint === endpoint)
  const given = parts.nodes.some(({ endpoints }) => endpoints.includes(endpoint))
  const fees = relay.fees.of(nodeKey ?? '')
  const { told, asks } = fees
  const { prices } = told ?? {}
  const asksForMoney = prices && (prices.relayedMb > 0n || prices.storedMbDay > 0n || prices.forwardedTransaction > 0n)
  return {
    endpoint,
    ...(nodeKey === undefined ? {} : { nodeId: nodeKey }),
    home: link?.home ?? false,
    source: registered ? 'registered' : given ? 'given' : 'named',
    traffic,
    ...(told ? { prices: { ...told.prices } } : {}),
    ...(told && asksForMoney
      ? { allowance: { bytesPerDay: Number(told.allowance), usedBytes: Number(told.usedToday) } }
      : {}),
    ...(told && told.postage > 0n ? { postage: told.postage } : {}),
    ...creditAt(fees),
    ...(asks === undefined ? {} : { asks }),
  }
}
