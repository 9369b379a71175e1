import type { Handlers, NetworkUsage } from '../../../src-main/contract/index.ts'
import type { Scenario } from './fake-types.ts'

const HOUR = 3_600_000
const MB = 1_000_000
const NANOS = 1_000_000_000n

/** Usage of three home nodes: one free, one paid, one that asks. */
function usage(scenario: Scenario, now: number): NetworkUsage {
  const filled = scenario !== 'empty' && scenario !== 'new'
  const wave = (index: number, size: number) =>
    Math.round(size * (1 + Math.sin(index / 2.5)) + (index % 5) * size * 0.1)
  const hours = Array.from({ length: filled ? 24 : 1 }, (_, index) => ({
    at: now - (now % HOUR) - ((filled ? 23 : 0) - index) * HOUR,
    nodes: filled
      ? { sent: wave(index, 0.4 * MB), received: wave(index + 2, 0.7 * MB) }
      : { sent: 3_100, received: 4_800 },
    direct: filled ? { sent: wave(index + 5, 2 * MB), received: wave(index + 6, MB) } : { sent: 0, received: 0 },
  }))
  const node = (index: number) => ({
    endpoint: `wss://s2-${index}.example:4${index}000`,
    nodeId: String(index).repeat(64),
    home: true,
    source: 'registered' as const,
    traffic: { sent: 8 * MB * index, received: 13 * MB * index },
  })
  const prices = { relayedMb: NANOS / 100n, storedMbDay: NANOS / 1_000n, forwardedTransaction: NANOS / 500n }
  return {
    hours,
    messages: filled ? { direct: 412, relayed: 57, stored: 23 } : { direct: 0, relayed: 0, stored: 0 },
    nodes: filled
      ? [
          node(1),
          {
            ...node(2),
            prices,
            allowance: { bytesPerDay: 10 * MB, usedBytes: 10 * MB },
            credit: {
              channelId: `0x${'c'.repeat(64)}`,
              state: 'open',
              deposited: NANOS,
              paid: NANOS / 4n,
              unpaid: NANOS / 1_000n,
            },
          },
          { ...node(3), prices, allowance: { bytesPerDay: 10 * MB, usedBytes: 9.8 * MB }, asks: NANOS / 10n },
        ]
      : [],
    paid: filled ? NANOS / 4n : 0n,
  }
}

/** Demo answers about the overlay. */
export function overlayHandlers(
  scenario: Scenario,
  now: number,
): Pick<Handlers, 'network.usage' | 'network.creditCost' | 'network.openCredit' | 'network.closeCredit'> {
  const fee = { burned: 2_310_000n, deposit: 4_560_000n, relay: 0n }
  return {
    'network.usage': async () => usage(scenario, now),
    'network.creditCost': async ({ nanos }) => ({ fee, total: nanos + fee.burned + fee.deposit }),
    'network.openCredit': async () => ({ channelId: `0x${'c'.repeat(64)}`, digest: 'D'.repeat(44), fee }),
    'network.closeCredit': async () => ({ returned: (NANOS * 3n) / 4n, at: now }),
  }
}
