import type { NodeLimits } from '../limits/limits.ts'
import {
  type ClusterHealth,
  createClusteredState,
  createEmbeddedState,
  localBus,
  type LocalState,
  type NodeBus,
} from '../state/index.ts'
import type { S2NodeOptions } from './options.ts'

/** Where a node keeps its state, and how it does. */
export interface StateParts {
  state: LocalState
  /** Works while the state runs. */
  bus: () => NodeBus
  /** Undefined for a node that is one process. */
  cluster: () => ClusterHealth | undefined
}

/** The state of a node: its own database, or its process's share of the cluster's. */
export function createState(
  { cluster, clock, random, log }: Pick<S2NodeOptions, 'cluster' | 'clock' | 'random' | 'log'>,
  {
    limits,
    nodeKey,
    path,
    takeOver,
    onWriteFailed,
  }: {
    limits: NodeLimits
    nodeKey: string
    path: string
    takeOver: string | undefined
    onWriteFailed: (error: unknown) => void
  },
): StateParts {
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
    return { state, bus: () => state.bus, cluster: () => state.health() }
  }
  const onError = (error: unknown) => log.error({ err: error }, 'a listener of the state failed')
  return {
    state: createEmbeddedState({ path, limits, onError, onWriteFailed }),
    bus: () => localBus,
    cluster: () => undefined,
  }
}
