import { SectorRing } from '../../src-main/overlay/index.ts'
import type { Figure } from '../figures.ts'
import { address, nodeKeys, salt, seeded } from './population.ts'

const NODES = 10_000
const LOOKUPS = 200_000
const HOMES = 3
const EPOCH_MS = 24 * 3_600_000
/** A presence is put anew at the home nodes every third of its 90 s. */
const REFRESH_MS = 30_000
/** Nodes of the ranking that are looked at until three living ones are found. */
const CANDIDATES = 24
const SEED = 7

interface SimulatedLife {
  nodeKey: string
  joinedAt: number
  leftAt: number
}

/**
 * Lookup hits while nodes vanish without a word (their records stand until the epoch ends) and as many others join. Two
 * ways: only the three registered home nodes count, or the next in the ranking stand in for those that do not answer.
 */
export function churnFigures(): Figure[] {
  return [0.05, 0.2, 0.5].flatMap((churn) => {
    const { strict, standIn } = hitRates(churn)
    const name = `churn ${churn * 100} % per epoch: lookups that hit`
    return [
      { name: `${name}, three registered home nodes only`, value: strict * 100, unit: '%' },
      { name: `${name}, next nodes stand in`, value: standIn * 100, unit: '%', goal: '>= 99.9' },
    ] satisfies Figure[]
  })
}

function hitRates(churn: number): { strict: number; standIn: number } {
  const random = seeded(SEED)
  const ring = new SectorRing(salt, population(churn, random))
  let strict = 0
  let standIn = 0
  for (let index = 0; index < LOOKUPS; index++) {
    const now = random() * EPOCH_MS
    const refreshedAt = now - random() * REFRESH_MS
    const ranked = ring.nearest(address(index), CANDIDATES)
    const registered = ranked.filter(({ joinedAt }) => joinedAt <= now).slice(0, HOMES)
    const put = ranked.filter((node) => alive(node, refreshedAt)).slice(0, HOMES)
    const asked = ranked.filter((node) => alive(node, now)).slice(0, HOMES)
    const holds = new Set(put)
    if (registered.some((node) => alive(node, now) && holds.has(node))) strict++
    if (asked.some((node) => holds.has(node))) standIn++
  }
  return { strict: strict / LOOKUPS, standIn: standIn / LOOKUPS }
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
