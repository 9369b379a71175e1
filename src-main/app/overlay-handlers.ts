import { type Handlers, type NetworkUsage, type NodeUsage } from '../contract/index.ts'
import type { Account } from './account.ts'
import type { AppControl } from './app-control.ts'

export type OverlayHandlers = Pick<
  Handlers,
  'network.usage' | 'network.creditCost' | 'network.openCredit' | 'network.closeCredit'
>

type Hours = NetworkUsage['hours']
const NOTHING = { sent: 0, received: 0 }
const HOURS = 24

/** Usage of the overlay and paying for it. */
export function overlayHandlers(app: AppControl): OverlayHandlers {
  const fees = () => app.account().relay.fees
  return {
    'network.usage': async () => usage(app.account()),
    'network.creditCost': ({ nodeId, nanos }) => fees().cost(nodeId, nanos),
    'network.openCredit': async ({ nodeId, nanos }) => {
      const opened = await fees().open(nodeId, nanos)
      // What was refused for want of money goes now.
      app.account().delivery.hastenAll()
      return opened
    },
    'network.closeCredit': ({ nodeId }) => fees().close(nodeId),
  }
}

function usage(account: Account): NetworkUsage {
  const { relay, overlay } = account
  const traffic = overlay?.traffic() ?? { hours: [], nodes: [] }
  return {
    hours: hours(traffic.hours, relay.directHours(), account.parts.clock.now()),
    messages: { ...relay.messages },
    nodes: traffic.nodes.map((node) => nodeUsage(account, node)),
    paid: relay.fees.paid(),
  }
}

/** Both sums by hour, the hours in which nothing happened left out, the current one always last. */
function hours(nodes: { at: number; traffic: typeof NOTHING }[], direct: typeof nodes, now: number): Hours {
  const current = Math.floor(now / 3_600_000) * 3_600_000
  const all = new Map<number, Hours[number]>()
  const of = (at: number) => all.get(at) ?? { at, nodes: NOTHING, direct: NOTHING }
  for (const { at, traffic } of nodes) all.set(at, { ...of(at), nodes: traffic })
  for (const { at, traffic } of direct) all.set(at, { ...of(at), direct: traffic })
  all.set(current, of(current))
  return [...all.values()].sort((a, b) => a.at - b.at).slice(-HOURS)
}

type NodeTraffic = { endpoint: string; nodeKey: string | undefined; traffic: typeof NOTHING }

function nodeUsage({ relay, overlay, parts }: Account, { endpoint, nodeKey, traffic }: NodeTraffic): NodeUsage {
  const link = overlay?.links().find((each) => each.endpoint === endpoint)
  const given = parts.nodes.some(({ endpoints }) => endpoints.includes(endpoint))
  const { told, credit, asks } = relay.fees.of(nodeKey ?? '')
  const { prices } = told ?? {}
  const asksForMoney = prices && (prices.relayedMb > 0n || prices.storedMbDay > 0n || prices.forwardedTransaction > 0n)
  const registered = told?.payee?.record != null
  return {
    endpoint,
    ...(nodeKey === undefined ? {} : { nodeId: nodeKey }),
    home: link?.home ?? false,
    source: registered ? 'registered' : given ? 'given' : 'named',
    traffic,
    ...(told && asksForMoney
      ? {
          prices: { ...told.prices },
          allowance: { bytesPerDay: Number(told.allowance), usedBytes: Number(told.usedToday) },
        }
      : {}),
    ...(credit
      ? {
          credit: {
            channelId: credit.channel ?? '',
            state: credit.state,
            deposited: credit.deposited,
            paid: credit.paid,
            unpaid: told?.unpaid ?? 0n,
          },
        }
      : {}),
    ...(asks === undefined ? {} : { asks }),
  }
}
