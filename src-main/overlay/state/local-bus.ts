import type { NodeBus } from './types.ts'

/** Of a node that is one process: nobody is there to be told. */
export const localBus: NodeBus = {
  publish: () => {},
  subscribe: () => () => {},
  share: () => {},
  hold: () => () => {},
  ask: () => Promise.resolve(undefined),
}
