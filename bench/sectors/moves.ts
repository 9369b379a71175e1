import { SectorRing } from '../../src-main/overlay/index.ts'
import type { Figure } from '../figures.ts'
import { address, nodeKeys, salt } from './population.ts'

const NODES = 10_000
const HOMES = 3
const SAMPLED = 200_000

/** The share of all replicas that has to be copied when one in a hundred nodes comes or goes. */
export function moveFigures(): Figure[] {
  const change = NODES / 100
  const ring = new SectorRing(salt, nodeKeys(NODES))
  const before = homes(ring)
  for (const node of nodeKeys(change, NODES)) ring.set(node)
  const joined = homes(ring)
  for (const { nodeKey } of nodeKeys(change)) ring.remove(nodeKey)
  const left = homes(ring)
  return [
    { name: `replicas that move when 1 % of ${NODES.toLocaleString('en')} nodes join`, ...moved(before, joined) },
    { name: 'replicas that move when 1 % leave', ...moved(joined, left) },
  ]
}

function homes(ring: SectorRing<{ nodeKey: string }>): string[][] {
  return Array.from({ length: SAMPLED }, (_, index) =>
    ring.nearest(address(index), HOMES).map(({ nodeKey }) => nodeKey),
  )
}

function moved(before: string[][], after: string[][]): Pick<Figure, 'value' | 'unit' | 'goal'> {
  let count = 0
  after.forEach((nodes, index) => {
    const had = new Set(before[index])
    for (const node of nodes) if (!had.has(node)) count++
  })
  return { value: count / (SAMPLED * HOMES), unit: 'ratio', goal: '0.01: what the nodes hold themselves' }
}
