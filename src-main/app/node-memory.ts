import type { Log } from '../base/index.ts'
import type { KnownNode, NodeMemory } from '../overlay/index.ts'
import type { Store } from '../store/index.ts'

const NODES = 'learntNodes'

/** The nodes that a data set's device has learnt, kept so that it finds its way when those that it was given are gone. */
export function nodeMemory(store: Store, log: Log): NodeMemory {
  return {
    load: () => {
      const kept = store.settings.get(NODES)
      return Array.isArray(kept) ? kept.filter(isKnownNode) : []
    },
    save: (nodes) => {
      try {
        store.settings.set(NODES, nodes)
      } catch (error) {
        // They are learnt anew with the next link.
        log.warn({ err: error }, 'the nodes that were learnt are not kept')
      }
    },
  }
}

function isKnownNode(value: unknown): value is KnownNode {
  const { nodeKey, endpoints, fingerprint, object } = (value ?? {}) as Partial<Record<keyof KnownNode, unknown>>
  const isKey = (key: unknown) => typeof key === 'string' && /^[0-9a-f]{64}$/.test(key)
  return (
    isKey(nodeKey) &&
    isKey(fingerprint) &&
    (object === undefined || typeof object === 'string') &&
    Array.isArray(endpoints) &&
    endpoints.every((one) => typeof one === 'string')
  )
}
