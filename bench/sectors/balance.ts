import { SectorRing } from '../../src-main/overlay/index.ts'
import { type Figure, quantile } from '../figures.ts'
import { address, nodeKeys, salt } from './population.ts'

const SIZES = [1_000, 10_000, 100_000, 1_000_000]
const ADDRESSES = 1_000_000_000
const HOMES = 3
const LOOKUPS = 20_000
/** Lookups of the one size at which counting is compared with the exact shares. */
const COUNTED = 300_000

/** Load and lookup time per size; the loads of 10^9 addresses follow from each node's exact share of the address space. */
export function balanceFigures(): Figure[] {
  return SIZES.flatMap((size) => {
    const nodes = nodeKeys(size)
    const ring = new SectorRing(salt, nodes)
    const loads = [...ring.shares(HOMES).values()].map((share) => share * ADDRESSES)
    const mean = (HOMES * ADDRESSES) / size
    const name = `${size.toLocaleString('en')} nodes`
    return [
      { name: `${name}: addresses per node, mean`, value: mean, unit: 'count' },
      { name: `${name}: p99 load to mean`, value: quantile(loads, 0.99) / mean, unit: 'ratio' },
      { name: `${name}: largest load to mean`, value: Math.max(...chunkMaxima(loads)) / mean, unit: 'ratio' },
      { name: `${name}: one lookup`, value: lookupMs(ring), unit: 'ms' },
      ...(size === SIZES[0] ? [countedAgainstExact(ring)] : []),
    ] satisfies Figure[]
  })
}

function lookupMs(ring: SectorRing<{ nodeKey: string }>): number {
  const asked = Array.from({ length: LOOKUPS }, (_, index) => address(index))
  const began = performance.now()
  for (const each of asked) ring.nearest(each, HOMES)
  return (performance.now() - began) / LOOKUPS
}

/** Largest gap between a share counted by real lookups and the exact one, in standard deviations of counting. */
function countedAgainstExact(ring: SectorRing<{ nodeKey: string }>): Figure {
  const counts = new Map<string, number>()
  for (let index = 0; index < COUNTED; index++)
    for (const { nodeKey } of ring.nearest(address(index), HOMES)) counts.set(nodeKey, (counts.get(nodeKey) ?? 0) + 1)
  let worst = 0
  for (const [{ nodeKey }, share] of ring.shares(HOMES)) {
    const gap = Math.abs((counts.get(nodeKey) ?? 0) - share * COUNTED)
    worst = Math.max(worst, gap / Math.sqrt(COUNTED * share * (1 - share)))
  }
  return { name: '1,000 nodes: counted loads against exact shares, worst gap in sigma', value: worst, unit: 'ratio' }
}

/** A million numbers are too many for one call's arguments. */
function chunkMaxima(values: number[]): number[] {
  const maxima: number[] = []
  for (let at = 0; at < values.length; at += 10_000) maxima.push(Math.max(...values.slice(at, at + 10_000)))
  return maxima
}
