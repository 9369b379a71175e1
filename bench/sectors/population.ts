import { createHash } from 'node:crypto'

export interface SimulatedNode {
  nodeKey: string
}

/** Random-looking keys, the same in every run. */
export function nodeKeys(count: number, first = 0): SimulatedNode[] {
  return Array.from({ length: count }, (_, index) => ({ nodeKey: digest(`node ${first + index}`) }))
}

export function address(index: number): string {
  return `0x${digest(`address ${index}`)}`
}

export const salt = createHash('sha256').update('salt of the simulated epoch').digest()

/** Numbers in [0, 1), the same in every run (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
