import type { ClientState, IncomingMessageCallback } from 'ts-mls'
import { ParleyError } from '../contract/index.ts'
import { MAX_GROUP_MEMBERS } from './mls-constants.ts'
import { memberLeaves, memberOf } from './mls-leaf.ts'

const allowed = new Set<unknown>(['add', 'remove'])

/**
 * A commit may change keys and members; proposals by themselves, external joins, pre-shared keys, new extensions and
 * re-initialisation are not of Parley's protocol, and a proposal left open would stop every send.
 */
export const acceptOnlyMembership: IncomingMessageCallback = (incoming) => {
  if (incoming.kind === 'proposal' || incoming.senderLeafIndex === undefined) return 'reject'
  return incoming.proposals.every(({ proposal }) => allowed.has(proposal.proposalType)) ? 'accept' : 'reject'
}

/** A commit adds and removes devices, but brings in nobody else: the addresses are those that were there. */
export function requireSamePeople(before: ClientState, after: ClientState): void {
  const known = new Set(addresses(before))
  if (memberLeaves(after.ratchetTree).length > MAX_GROUP_MEMBERS)
    throw new ParleyError('too_large', `A conversation has at most ${MAX_GROUP_MEMBERS} devices.`)
  if (addresses(after).some((address) => !known.has(address)))
    throw new ParleyError('unauthorized', 'Somebody tried to bring another person into this conversation.')
}

function addresses(state: ClientState): string[] {
  return memberLeaves(state.ratchetTree).map(({ leaf }) => memberOf(leaf).addressText)
}
