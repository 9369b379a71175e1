import type { Traffic } from '../base/index.ts'
import type { NetworkUsage } from '../contract/index.ts'

const HOUR_MS = 3_600_000
const HOURS = 24
const NOTHING: Traffic = { sent: 0, received: 0 }
type Sums = readonly { at: number; traffic: Traffic }[]

/** Both sums by hour, from the first with any to the current one without a gap, and at most the last 24. */
export function usageHours(nodes: Sums, direct: Sums, now: number): NetworkUsage['hours'] {
  const begins = [...nodes, ...direct].map(({ at }) => at)
  // A clock that was put back leaves hours ahead of it: the newest of all is the last.
  const last = Math.max(Math.floor(now / HOUR_MS) * HOUR_MS, ...begins)
  const first = Math.max(Math.min(last, ...begins), last - (HOURS - 1) * HOUR_MS)
  const of = (sums: Sums, at: number) => sums.find((each) => each.at === at)?.traffic ?? NOTHING
  return Array.from({ length: (last - first) / HOUR_MS + 1 }, (_, index) => {
    const at = first + index * HOUR_MS
    return { at, nodes: { ...of(nodes, at) }, direct: { ...of(direct, at) } }
  })
}
