import { randomBytes } from 'node:crypto'

/** Randomness as a dependency, so that tests control it. */
export interface Random {
  bytes(length: number): Uint8Array<ArrayBuffer>
  /** A float in [0, 1), for jitter and choice only. */
  float(): number
}

export const systemRandom: Random = {
  bytes: (length) => new Uint8Array(randomBytes(length)),
  float: () => Math.random(),
}
