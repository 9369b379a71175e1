import { createCommit, emptyPskIndex, type PrivateMessage, processMessage } from 'ts-mls'
import {
  addHistoricalReceiverData,
  throwIfDefined,
  validateLeafNodeCredentialAndKeyUniqueness,
  validateLeafNodeUpdateOrCommit,
} from 'ts-mls/clientState.js'
import { mlsExporter } from 'ts-mls/keySchedule.js'
import type { LeafNode } from 'ts-mls/leafNode.js'
import { unprotectPrivateMessage } from 'ts-mls/messageProtection.js'
import { filteredDirectPathAndCopathResolution } from 'ts-mls/ratchetTree.js'
import { toLeafIndex } from 'ts-mls/treemath.js'
import { applyUpdatePath, type UpdatePath } from 'ts-mls/updatePath.js'
import { equal } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'
import * as codec from './mls-codec.ts'
import { MlsError } from './mls-error.ts'
import { memberLeaves } from './mls-leaf.ts'
import { requireSameDevice } from './mls-renewal.ts'
import type { CiphersuiteImpl, ClientState } from './mls-suite.ts'

// Key updates in the order of a log that all members read. An entry is a commit of new keys and nothing else, as a private
// message without its head (group, epoch, kind), which whoever keeps the log need not know and the members do.

const LOG_LABEL = 'parley/log/1'
const LOG_ID_BYTES = 32
/** Everybody who is invited comes in at this epoch: all of them export the same. */
const FIRST_EPOCH = 1n

/** The id of the group's log: from its secrets, so that it tells nobody else of which group it is. */
export async function logIdOf(state: ClientState, suite: CiphersuiteImpl): Promise<Uint8Array | undefined> {
  const { epoch, groupId } = state.groupContext
  if (epoch !== FIRST_EPOCH) return undefined
  const { exporterSecret } = state.keySchedule
  return new Uint8Array(await mlsExporter(exporterSecret, LOG_LABEL, groupId, LOG_ID_BYTES, suite))
}

/** Our commit and the state after it. The given state is not changed, and none of its secrets may be wiped yet. */
export async function prepareUpdate(
  state: ClientState,
  suite: CiphersuiteImpl,
): Promise<{ entry: Uint8Array; next: Uint8Array }> {
  const { commit, newState } = await createCommit({ state, cipherSuite: suite })
  if (commit.wireformat !== 'mls_private_message') throw new ParleyError('internal', 'The commit is not encrypted.')
  // What came before is taken from the state that the commit is adopted in: messages are read until then.
  const next = codec.encodeState({ ...newState, historicalReceiverData: new Map() })
  return { entry: codec.encodeLogEntry(commit.privateMessage), next }
}

/** The state after our own commit. Throws `state_lost` where `next` does not follow the given state. */
export function adopted(state: ClientState, next: Uint8Array): ClientState {
  const prepared = codec.decodeState(next)
  const { groupContext } = prepared
  const follows = groupContext.epoch === state.groupContext.epoch + 1n
  if (!follows || !equal(groupContext.groupId, state.groupContext.groupId)) throw new MlsError('state_lost')
  const [historicalReceiverData] = addHistoricalReceiverData(state)
  return { ...prepared, historicalReceiverData, clientConfig: state.clientConfig }
}

/** What a member's commit in the log leads to. */
export interface Followed {
  sender: LeafNode
  newState: ClientState
  consumed: Uint8Array[]
}

/**
 * Applies an entry; undefined where it is no commit for this epoch, which every member finds alike: it is judged by the
 * entry and by what all members share. Throws `state_lost` where it is one, and this device cannot follow: our own that
 * is not kept here, or one whose maker gave this device something else than the others.
 */
export async function followed(
  state: ClientState,
  entry: Uint8Array,
  suite: CiphersuiteImpl,
): Promise<Followed | undefined> {
  const judged = await judge(state, entry, suite)
  if (!judged) return undefined
  if (judged.index === state.privatePath.leafIndex) throw new MlsError('state_lost')
  try {
    const message = { wireformat: 'mls_private_message', privateMessage: judged.message } as const
    const result = await processMessage(message, withoutTime(state), emptyPskIndex, () => 'accept', suite)
    if (result.kind !== 'newState') throw new ParleyError('internal', 'A commit was read as a message.')
    const newState = { ...result.newState, clientConfig: state.clientConfig }
    return { sender: judged.leaf, newState, consumed: result.consumed }
  } catch (cause) {
    throw new MlsError('state_lost', { cause })
  }
}

interface Judged {
  message: PrivateMessage
  index: number
  leaf: LeafNode
}

/** All that can be checked without secrets of one's own; whatever is wrong with an entry, it is wrong for every member. */
async function judge(state: ClientState, entry: Uint8Array, suite: CiphersuiteImpl): Promise<Judged | undefined> {
  const { groupContext, ratchetTree, secretTree, keySchedule, clientConfig } = state
  try {
    const message = codec.decodeLogEntry(entry, groupContext)
    const retention = clientConfig.keyRetentionConfig
    const secret = keySchedule.senderDataSecret
    const opened = await unprotectPrivateMessage(
      secret,
      message,
      secretTree,
      ratchetTree,
      groupContext,
      retention,
      suite,
    )
    const { content } = opened.content
    if (content.contentType !== 'commit' || content.sender.senderType !== 'member') return undefined
    const index = content.sender.leafIndex
    const leaf = memberLeaves(ratchetTree).find((member) => member.index === index)?.leaf
    const { proposals, path } = content.commit
    if (!leaf || !path || proposals.length > 0) return undefined
    await requireNewKeysOnly(state, index, leaf, path, suite)
    return { message, index, leaf }
  } catch {
    return undefined
  }
}

async function requireNewKeysOnly(
  state: ClientState,
  index: number,
  leaf: LeafNode,
  path: UpdatePath,
  suite: CiphersuiteImpl,
): Promise<void> {
  const { groupContext, ratchetTree } = state
  const { leafNode } = path
  requireSameDevice(leaf, leafNode)
  if (leafNode.extensions.length > 0) throw new ParleyError('unauthorized', 'Only the keys may change.')
  const { authService } = withoutTime(state).clientConfig
  throwIfDefined(await validateLeafNodeUpdateOrCommit(leafNode, index, groupContext, authService, suite.signature))
  throwIfDefined(await validateLeafNodeCredentialAndKeyUniqueness(ratchetTree, leafNode, index))
  const committer = toLeafIndex(index)
  await applyUpdatePath(ratchetTree, committer, path, suite.hash)
  const receivers = filteredDirectPathAndCopathResolution(committer, ratchetTree)
  const fits = receivers.every(({ resolution }, at) => path.nodes[at]?.encryptedPathSecret.length === resolution.length)
  if (!fits) throw new ParleyError('invalid_params', 'The commit leaves members out.')
}

/**
 * The committer's certificate is not asked for its time: clocks differ, and a
 * device that was away looks later than the others.
 */
function withoutTime(state: ClientState): ClientState {
  return { ...state, clientConfig: { ...state.clientConfig, authService: { validateCredential: async () => true } } }
}
