import { toHex } from '../../base/index.ts'
import { sha256 } from '../../crypto/index.ts'
import type { RoomContext } from './types.ts'

/**
 * Whether a letter is heard for the first time, over restarts: a room that starts reads its last minutes again, and the offers in
 * them were of the run before. By its bytes, so that nobody can take its place.
 */
export function isNewLetter({ store, clock }: Pick<RoomContext, 'store' | 'clock'>, envelope: Uint8Array): boolean {
  const id = `room ${toHex(sha256(envelope))}`
  if (store.seen.has(id)) return false
  store.seen.add(id, clock.now())
  return true
}
