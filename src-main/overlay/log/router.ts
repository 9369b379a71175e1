import type { Clock } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { NodeRecordValue } from '../../wire/index.ts'
import { askInTurn } from '../sector/ask.ts'
import type { SectorMap } from '../sector/map.ts'
import { HEDGE_MS } from './constants.ts'
import type { Elsewhere } from './core/member.ts'
import type { Ports } from './core/ports.ts'

/** How often a request follows the members that a node names. */
const MAX_MOVES = 3
/** What another node would say as well. */
const FINAL = new Set(['invalid_params', 'too_large', 'rate_limited', 'not_found'])

interface Parts {
  ports: Ports
  map: SectorMap
  clock: Clock
}

/**
 * Brings a device's request to the nodes that keep the log: the leader first, the next where it fails or is silent, and where they name
 * others, to those. Rejects with `offline` where none of them answers.
 */
export async function route<T extends { kind: string }>(
  { ports, map, clock }: Parts,
  group: string,
  here: () => Promise<T | Elsewhere>,
  there: (node: NodeRecordValue) => Promise<T | Elsewhere>,
): Promise<T> {
  const row = ports.rows.row(group)
  let keepers = row && row.number > 0 ? row.members : ports.homes(group)
  let failure: unknown
  let refusal: ParleyError | undefined
  for (let moves = 0; moves <= MAX_MOVES; moves++) {
    const named: string[] = []
    const ask = async (node: string): Promise<T> => {
      const record = map.get(node)
      if (node !== ports.self && !record) throw offline()
      const answer = await (node === ports.self || !record ? here() : there(record)).catch((error: unknown) => {
        if (isRefusal(error)) refusal = error
        throw error
      })
      if (answer.kind !== 'elsewhere') return answer as T
      named.push(...(answer as Elsewhere).members)
      throw offline()
    }
    const living = keepers.filter((node) => map.isAlive(node))
    const order = [...living, ...keepers.filter((node) => !living.includes(node))]
    try {
      return await askInTurn(clock, order, HEDGE_MS, ask, isFinal)
    } catch (error) {
      if (isFinal(error)) throw error
      failure = refusal ?? error
    }
    // Nobody knows better: the home nodes of now may.
    const next = named.length > 0 ? [...new Set(named)] : ports.homes(group)
    if (next.length === keepers.length && next.every((node) => keepers.includes(node))) break
    keepers = next
  }
  if (refusal) throw refusal
  throw new ParleyError('offline', 'The nodes that keep this log cannot be reached.', {
    retryAfter: 1_000,
    cause: failure,
  })
}

/** Where it comes with a time to wait it is one node that has no room, else the log. */
function isFinal(error: unknown): boolean {
  return error instanceof ParleyError && (FINAL.has(error.code) || (error.code === 'storage_full' && !error.retryAfter))
}

function isRefusal(error: unknown): error is ParleyError {
  return error instanceof ParleyError && error.code === 'storage_full'
}

function offline(): ParleyError {
  return new ParleyError('offline', 'This node does not keep the log.', { retryAfter: 1_000 })
}
