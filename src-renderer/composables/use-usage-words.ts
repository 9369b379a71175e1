import { useI18n } from 'vue-i18n'
import { formatBytes, formatPart } from '../model/bytes.ts'
import type { NodeUsage } from '../model/nodes.ts'
import { type BarRow, type Hour, percentWords, shareOf, type Traffic } from '../model/traffic.ts'
import { useWords } from './use-words.ts'

/** Bytes, prices and hours of traffic in the language of the window. */
export function useUsageWords() {
  const { t, n, locale } = useI18n()
  const words = useWords()
  const bytes = (count: number) => formatBytes(count, locale.value)
  const part = (count: number, whole: number) => formatPart(count, whole, locale.value)
  const inUnits = (nanos: bigint) => `${words.amount(nanos)} ${t('common.unit')}`
  const both = ({ sent, received }: Traffic) =>
    t('usage.sentReceived', { sent: bytes(sent), received: bytes(received) })
  /** What a node charges, one entry per price above nothing. */
  const prices = (list: NonNullable<NodeUsage['prices']>) =>
    (['relayedMb', 'storedMbDay', 'forwardedTransaction'] as const)
      .filter((name) => list[name] > 0n)
      .map((name) => t(`usage.price.${name}`, { amount: inUnits(list[name]) }))
  const hour = ({ at, nodes, direct }: Hour) =>
    t('usage.hour', { time: words.clock(at), nodes: both(nodes), direct: both(direct) })
  /** Counts with their share of all of them. */
  const shares = (parts: readonly { label: string; count: number }[]): BarRow[] => {
    const all = parts.reduce((sum, { count }) => sum + count, 0)
    return parts.map(({ label, count }) => {
      const share = shareOf(count, all)
      const percent = percentWords(share, locale.value)
      return { label, share, figures: t('usage.count', { count: n(count), percent }) }
    })
  }
  return { bytes, part, inUnits, both, prices, hour, shares, clock: words.clock, amount: words.amount }
}
