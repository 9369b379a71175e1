import type { NodeLimits } from '../limits/limits.ts'
import { createClusteredState, createEmbeddedState, localBus, type LocalState, type NodeBus } from '../state/index.ts'
import type { S2NodeOptions } from './options.ts'

/** The state of a node: its own database, or its process's share of the cluster's. `bus` works while the state runs. */
export function createState(
  { cluster, clock, random, log }: Pick<S2NodeOptions, 'cluster' | 'clock' | 'random' | 'log'>,
  {
    limits,
    nodeKey,
    path,
    takeOver,
  }: { limits: NodeLimits; nodeKey: string; path: string; takeOver: string | undefined },
): { state: LocalState; bus: () => NodeBus } {
  if (cluster) {
    const state = createClusteredState({
      ...cluster,
      ...(takeOver !== undefined && { takeOver }),
      nodeKey,
      path,
      limits,
      clock,
      random,
      log,
    })
    return { state, bus: () => state.bus }
  }
  const onError = (error: unknown) => log.error({ err: error }, 'a listener of the state failed')
  return { state: createEmbeddedState({ path, limits, onError }), bus: () => localBus }
}
