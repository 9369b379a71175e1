import type { Founding } from '../core/types.ts'

/** For tests of what does not look at it. */
export const FOUNDING: Founding = { owner: `0x${'ee'.repeat(32)}`, via: 'f'.repeat(64), proof: new Uint8Array(64) }
