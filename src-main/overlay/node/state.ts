import type { NodeLimits } from '../limits/limits.ts'
import {
  type ClusterAddress,
  createClusteredState,
  createEmbeddedState,
  localBus,
  type LocalState,
  type NodeBus,
} from '../state/index.ts'
import type { S2NodeOptions } from './node.ts'

/** The NATS cluster of an operator, and the state's name in it. */
export interface NodeCluster extends ClusterAddress {
  name: string
  /** Servers that keep the log; as many as there are, at most three, where it is absent. */
  replicas?: number
}

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
