import type { ClientState, IncomingMessageCallback } from 'ts-mls'
import { ParleyError } from '../contract/index.ts'
import { MAX_GROUP_MEMBERS } from './mls-constants.ts'
import { memberLeaves, memberOf } from './mls-leaf.ts'

const allowed = new Set<unknown>(['add', 'remove'])

/**
 * What ts-mls is asked about each commit, after its signature was checked and before it is applied. A commit may change
 * keys and members; proposals by themselves, external joins, pre-shared keys, new extensions and re-initialisation are
 * not of Parley's protocol, and a proposal left open would stop every send.
 */
export class CommitPolicy {
  readonly #ownLeaf: number
  /**
   * The commit removes this device. It is refused then, and the caller ends the group: where a newcomer takes the leaf,
   * ts-mls 1.6.4 does not notice the removal and fails over keys that are not there.
   */
  removesUs = false

  constructor(state: ClientState) {
    this.#ownLeaf = state.privatePath.leafIndex
  }

  readonly decide: IncomingMessageCallback = (incoming) => {
    if (incoming.kind === 'proposal' || incoming.senderLeafIndex === undefined) return 'reject'
    const proposals = incoming.proposals.map(({ proposal }) => proposal)
    if (!proposals.every(({ proposalType }) => allowed.has(proposalType))) return 'reject'
    this.removesUs = proposals.some((proposal) => 'remove' in proposal && proposal.remove.removed === this.#ownLeaf)
    return this.removesUs ? 'reject' : 'accept'
  }
}

/** The state of a group that removed this device: it neither reads nor writes any more. */
export function asRemoved(state: ClientState): ClientState {
  return { ...state, unappliedProposals: {}, groupActiveState: { kind: 'removedFromGroup' } }
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
