import { join } from 'node:path'
import { silentLog, systemClock, systemRandom } from '../../../base/index.ts'
import { waitFor } from '../../../testing/testnet-nodes.ts'
import { defaultLimits } from '../../limits/limits.ts'
import { type ClusteredState, createClusteredState } from '../cluster/clustered.ts'
import type { ClusteredStateOptions } from '../cluster/options.ts'
import type { WorldKind } from './world.ts'

/** The cluster reserves it for each state. */
const LOG_BYTES = 64 * 1024 * 1024
const CLUSTERED = new URL('../cluster/clustered.ts', import.meta.url).href
let worlds = 0

/** Options of one process of a state in the cluster. */
export function clusteredOptions(
  { urls, folder }: { urls: string[]; folder: string },
  name: string,
  index: number,
): ClusteredStateOptions {
  return {
    servers: urls,
    name,
    nodeKey: 'ab'.repeat(32),
    path: join(folder, `${name}-${index}.db`),
    logBytes: LOG_BYTES,
    limits: defaultLimits,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
  }
}

/** Resolves when all are equally far. */
export async function level(states: readonly ClusteredState[]): Promise<void> {
  await waitFor(() => new Set(states.map(({ position }) => position)).size === 1)
}

/** Worlds of `count` processes over one cluster, each with a state of its own name. */
export function clusteredWorlds(where: () => { urls: string[]; folder: string }, count: number): WorldKind {
  return {
    name: 'clustered',
    async open(limits) {
      const name = `world${worlds++}`
      const start = async (index: number) => {
        const options = clusteredOptions(where(), name, index)
        const state = createClusteredState({ ...options, limits: { ...defaultLimits, ...limits } })
        await state.start()
        return state
      }
      const states = await Promise.all(Array.from({ length: count }, (_, index) => start(index)))
      return {
        states,
        async restart(index) {
          await states[index]?.stop()
          return (states[index] = await start(index))
        },
        settled: () => level(states),
        program: () => `
          import { createClusteredState } from ${JSON.stringify(CLUSTERED)}
          import { clusteredOptions } from ${JSON.stringify(import.meta.url)}
          const state = createClusteredState(clusteredOptions(${JSON.stringify(where())}, '${name}', 99))
        `,
        afterwards: () => Promise.resolve(states[0] as ClusteredState),
        close: async () => void (await Promise.all(states.map((state) => state.stop()))),
      }
    },
  }
}
