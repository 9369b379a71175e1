import { SectorRing } from '../../src-main/overlay/index.ts'
import { type Figure, quantile } from '../figures.ts'
import { address, nodeKeys, salt, seeded } from './population.ts'

const NODES = 10_000
const LOOKUPS = 200_000
const HOMES = 3
const EPOCH_MS = 24 * 3_600_000
/** A presence is put anew at the home nodes every third of its 90 s. */
const REFRESH_MS = 30_000
/** The overlay's own number: beyond it nobody looks. */
const CANDIDATES = 6
const SEED = 7

interface SimulatedLife {
  nodeKey: string
  joinedAt: number
  leftAt: number
}

/**
 * Lookup hits while nodes vanish without a word (their records stand until the epoch ends) and as many others join. Two
 * ways: only the three registered home nodes count, or the next candidates stand in for those that do not answer. Hops: nodes
 * that are asked until one answers with the presence, when nothing is known beforehand of who is alive.
 */
export function churnFigures(): Figure[] {
  return [0.05, 0.2, 0.5].flatMap((churn) => {
    const { strict, standIn, hops } = hitRates(churn)
    const name = `churn ${churn * 100} % per epoch: lookups that hit`
    return [
      { name: `${name}, three registered home nodes only`, value: strict * 100, unit: '%' },
      { name: `${name}, next nodes stand in`, value: standIn * 100, unit: '%', goal: '>= 99.9' },
      { name: `churn ${churn * 100} % per epoch: hops of a lookup, mean`, value: mean(hops), unit: 'count' },
      { name: `churn ${churn * 100} % per epoch: hops of a lookup, p99`, value: quantile(hops, 0.99), unit: 'count' },
    ] satisfies Figure[]
  })
}

function hitRates(churn: number): { strict: number; standIn: number; hops: number[] } {
  const random = seeded(SEED)
  const ring = new SectorRing(salt, population(churn, random))
  let strict = 0
  let standIn = 0
  const hops: number[] = []
  for (let index = 0; index < LOOKUPS; index++) {
    const now = random() * EPOCH_MS
    const refreshedAt = now - random() * REFRESH_MS
    const ranked = ring.nearest(address(index), 2 * CANDIDATES)
    const candidates = registeredAt(ranked, now)
    const registered = candidates.slice(0, HOMES)
    const put = registeredAt(ranked, refreshedAt)
      .filter((node) => alive(node, refreshedAt))
      .slice(0, HOMES)
    const asked = candidates.filter((node) => alive(node, now))
    const holds = new Set(put)
    if (registered.some((node) => alive(node, now) && holds.has(node))) strict++
    if (asked.some((node) => holds.has(node))) standIn++
    const at = candidates.findIndex((node) => alive(node, now) && holds.has(node))
    hops.push(at < 0 ? candidates.length : at + 1)
  }
  return { strict: strict / LOOKUPS, standIn: standIn / LOOKUPS, hops }
}

function population(churn: number, random: () => number): SimulatedLife[] {
  const settled = nodeKeys(NODES).map(({ nodeKey }) => ({
    nodeKey,
    joinedAt: -EPOCH_MS,
    leftAt: random() < churn ? random() * EPOCH_MS : Number.POSITIVE_INFINITY,
  }))
  const joining = nodeKeys(NODES * churn, NODES).map(({ nodeKey }) => ({
    nodeKey,
    joinedAt: random() * EPOCH_MS,
    leftAt: Number.POSITIVE_INFINITY,
  }))
  return [...settled, ...joining]
}

function alive({ joinedAt, leftAt }: SimulatedLife, at: number): boolean {
  return joinedAt <= at && at < leftAt
}

/** The candidates at that time: who has not joined yet is not on the map; who left without a word still is. */
function registeredAt(ranked: readonly SimulatedLife[], at: number): SimulatedLife[] {
  return ranked.filter(({ joinedAt }) => joinedAt <= at).slice(0, CANDIDATES)
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
