import { ParleyError } from '../../../contract/index.ts'
import type { Founding } from './types.ts'
import { decodeStrict, encode, LogMembers, MAX_LOG_MEMBERS } from '../../../wire/index.ts'

const MAX_BYTES = 256 + 32 * MAX_LOG_MEMBERS

/** What is decided about the next view. */
export interface Membership extends Founding {
  members: readonly string[]
  floor: number
}

export function encodeMembers({ members, owner, via, proof, floor }: Membership): Uint8Array {
  return encode(LogMembers, { members: [...members], owner, via, proof, floor }, MAX_BYTES)
}

/** Throws `invalid_params` for what names nobody or somebody twice. */
export function decodeMembers(bytes: Uint8Array): Membership {
  const value = decodeStrict(LogMembers, bytes, "The log's members", MAX_BYTES)
  if (value.members.length === 0 || new Set(value.members).size !== value.members.length)
    throw new ParleyError('invalid_params', "The log's members cannot be used.")
  return value
}
