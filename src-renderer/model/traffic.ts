import type { NetworkUsage } from '../../src-main/contract/index.ts'

export type Hour = NetworkUsage['hours'][number]
export type Traffic = Hour['nodes']

/** A rectangle of the chart, in its own units. */
export interface Bar {
  kind: 'nodes' | 'direct'
  /** The hour's place, from the left. */
  at: number
  y: number
  height: number
}

/** What stands with a bar: a label, figures in words, and the share that they are of a whole, from 0 to 1. */
export interface BarRow {
  label: string
  figures: string
  share: number
}

/** Units from the middle line to the upper or lower edge of the chart. */
export const HALF = 100
/** The chart always has room for a day, the current hour at its right edge. */
export const DAY_HOURS = 24
export const HOUR_MS = 3_600_000

export function totalOf(hours: readonly Hour[], kind: Bar['kind']): Traffic {
  return hours.reduce(
    (sum, hour) => ({ sent: sum.sent + hour[kind].sent, received: sum.received + hour[kind].received }),
    { sent: 0, received: 0 },
  )
}

/** The most bytes of one hour in one direction: what the height of half the chart stands for. */
export function peakOf(hours: readonly Hour[]): number {
  return Math.max(
    0,
    ...hours.flatMap(({ nodes, direct }) => [nodes.sent + direct.sent, nodes.received + direct.received]),
  )
}

/** Bars of sent bytes above the middle line and received ones below it, those through nodes next to the line. */
export function barsOf(hours: readonly Hour[]): Bar[] {
  const peak = peakOf(hours)
  if (peak === 0) return []
  const size = (bytes: number) => (bytes / peak) * HALF
  const bars = hours.flatMap(({ nodes, direct }, index): Bar[] => {
    const at = DAY_HOURS - hours.length + index
    const up = size(nodes.sent)
    const down = size(nodes.received)
    return [
      { kind: 'nodes', at, y: HALF - up, height: up },
      { kind: 'direct', at, y: HALF - up - size(direct.sent), height: size(direct.sent) },
      { kind: 'nodes', at, y: HALF, height: down },
      { kind: 'direct', at, y: HALF + down, height: size(direct.received) },
    ]
  })
  return bars.filter(({ height }) => height > 0)
}

/** Share of a part in a whole, from 0 to 1; 0 where there is nothing. */
export function shareOf(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}

/** A share as a person reads it: "25%"; what is there is never told as nothing. */
export function percentWords(share: number, locale: string): string {
  const percent = new Intl.NumberFormat(locale, { style: 'percent' })
  return share > 0 && share < 0.005 ? `< ${percent.format(0.01)}` : percent.format(share)
}
