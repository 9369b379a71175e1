import type { Figure } from './figures.ts'
import { churnFigures } from './sectors/churn.ts'
import { balanceFigures } from './sectors/balance.ts'
import { moveFigures } from './sectors/moves.ts'

/**
 * Sectors by simulation with the real ranking code: how evenly addresses lie on 10^3 to 10^6 nodes, how long a lookup
 * takes, what moves when nodes come and go, and how many lookups hit while nodes leave and join within an epoch.
 */
export default async function sectors(): Promise<Figure[]> {
  return [...balanceFigures(), ...moveFigures(), ...churnFigures()]
}
