import {
  createApplicationMessage,
  createCommit,
  createGroup,
  defaultLifetime,
  generateKeyPackageWithKey,
  joinGroup,
  emptyPskIndex,
  processMessage,
  zeroOutUint8Array,
} from 'ts-mls'
import { makeKeyPackageRef } from 'ts-mls/keyPackage.js'
import { equal, toHex } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'
import { type DeviceCertificate, MAX_EVENT_BYTES } from '../wire/index.ts'
import { MlsCache } from './mls-cache.ts'
import * as codec from './mls-codec.ts'
import { MAX_GROUP_MEMBERS, MAX_KEY_PACKAGE_BATCH, MLS_SUITE } from './mls-constants.ts'
import { mlsFault, MlsError } from './mls-error.ts'
import { checkLeaf, memberLeaves, memberOf } from './mls-leaf.ts'
import { adopted, followed, logIdOf, prepareUpdate } from './mls-log.ts'
import { asRemoved, CommitPolicy, requireSamePeople } from './mls-policy.ts'
import { requireSameDevice, withRenewedLeaf } from './mls-renewal.ts'
import { senderOf, signerOf } from './mls-sender.ts'
import {
  type CiphersuiteImpl,
  type ClientConfig,
  type ClientState,
  mlsConfig,
  mlsSuite,
  NO_SIGNATURE_KEY,
} from './mls-suite.ts'
import type { Mls, MlsIdentity, MlsIncoming, MlsJoined, MlsKeyPackage, MlsStanding } from './mls-types.ts'

const GROUP_ID_BYTES = 32

/** See `Mls`; made by `openMls`. */
export async function createMlsGroups(identity: MlsIdentity): Promise<Mls> {
  return new MlsGroups(identity, await mlsSuite(identity.deviceKey))
}

class MlsGroups implements Mls {
  readonly #identity: MlsIdentity
  readonly #suite: CiphersuiteImpl
  readonly #config: ClientConfig
  readonly #cache = new MlsCache()

  constructor(identity: MlsIdentity, suite: CiphersuiteImpl) {
    this.#identity = identity
    this.#suite = suite
    this.#config = mlsConfig(identity.now)
  }

  async createKeyPackages(count: number): Promise<MlsKeyPackage[]> {
    if (!Number.isInteger(count) || count < 0 || count > MAX_KEY_PACKAGE_BATCH)
      throw new ParleyError('invalid_params', `Between 0 and ${MAX_KEY_PACKAGE_BATCH} key packages are made at once.`)
    const made: MlsKeyPackage[] = []
    for (let index = 0; index < count; index++) {
      const { publicPackage, privatePackage } = await this.#newPackage()
      const id = toHex(await makeKeyPackageRef(publicPackage, this.#suite.hash))
      const publicBytes = codec.encodeKeyPackage(publicPackage)
      made.push({ id, publicBytes, privateBytes: codec.encodePrivateHalf(privatePackage) })
    }
    return made
  }

  async createGroup(
    groupId: Uint8Array,
    members: Uint8Array[],
  ): Promise<{ state: Uint8Array; welcome: Uint8Array; logId: Uint8Array | undefined }> {
    requireGroupId(groupId)
    if (members.length === 0 || members.length >= MAX_GROUP_MEMBERS)
      throw new ParleyError('invalid_params', `A conversation has between 2 and ${MAX_GROUP_MEMBERS} devices.`)
    const extraProposals = members.map((bytes) => ({
      proposalType: 'add' as const,
      add: { keyPackage: codec.decodeKeyPackage(bytes) },
    }))
    return guarded(async () => {
      const { publicPackage, privatePackage } = await this.#newPackage()
      checkLeaf(publicPackage.leafNode, this.#identity.now())
      const id = new Uint8Array(groupId)
      const alone = await createGroup(id, publicPackage, privatePackage, [], this.#suite, this.#config)
      const context = { state: alone, cipherSuite: this.#suite }
      const { newState, welcome } = await createCommit(context, { extraProposals, ratchetTreeExtension: true })
      if (!welcome) throw new ParleyError('internal', 'No invitation was made.')
      const logId = await logIdOf(newState, this.#suite)
      return { state: codec.encodeState(newState), welcome: codec.encodeWelcome(welcome), logId }
    })
  }

  async welcomeRefs(welcome: Uint8Array): Promise<string[]> {
    const { secrets } = codec.decodeWelcome(welcome)
    if (secrets.length > MAX_GROUP_MEMBERS) throw new ParleyError('too_large', 'The invitation names too many devices.')
    return secrets.map((secret) => toHex(secret.newMember))
  }

  async join(bytes: Uint8Array, candidates: MlsKeyPackage[]): Promise<MlsJoined> {
    const refs = new Set(await this.welcomeRefs(bytes))
    const used = candidates.find((candidate) => refs.has(candidate.id))
    if (!used) throw new ParleyError('not_found', 'The invitation is not for a key of this device.')
    const welcome = codec.decodeWelcome(bytes)
    const keyPackage = codec.decodeKeyPackage(used.publicBytes)
    const keys = codec.decodePrivateHalf(used.privateBytes)
    return guarded(async () => {
      const signer = await signerOf(welcome, keyPackage, keys, this.#suite)
      const args = [undefined, undefined, this.#config] as const
      const state = await joinGroup(welcome, keyPackage, keys, emptyPskIndex, this.#suite, ...args)
      const leaves = memberLeaves(state.ratchetTree)
      const creator = leaves.find((member) => member.index === signer)
      requireGroupId(state.groupContext.groupId)
      if (!creator || creator.index === state.privatePath.leafIndex || leaves.length > MAX_GROUP_MEMBERS)
        throw new ParleyError('invalid_params', 'The invitation cannot be used.')
      return {
        groupId: new Uint8Array(state.groupContext.groupId),
        state: codec.encodeState(state),
        usedPackage: used.id,
        members: leaves.map(({ leaf }) => memberOf(leaf)),
        creator: memberOf(creator.leaf),
        logId: await logIdOf(state, this.#suite),
      }
    })
  }

  async load(groupId: Uint8Array, bytes: Uint8Array): Promise<void> {
    const state = codec.decodeState(bytes)
    const own = memberLeaves(state.ratchetTree).find(({ index }) => index === state.privatePath.leafIndex)
    const removed = state.groupActiveState.kind === 'removedFromGroup'
    const ours = removed || equal(own?.leaf.signaturePublicKey ?? new Uint8Array(), this.#identity.deviceKey.publicKey)
    if (!ours || !equal(state.groupContext.groupId, groupId)) throw new MlsError('state_lost')
    this.#cache.set(groupId, { ...state, clientConfig: this.#config })
  }

  async members(groupId: Uint8Array): Promise<DeviceCertificate[]> {
    return memberLeaves(this.#cache.get(groupId).ratchetTree).map(({ leaf }) => memberOf(leaf))
  }

  async encrypt(groupId: Uint8Array, plaintext: Uint8Array): Promise<{ message: Uint8Array; state: Uint8Array }> {
    if (plaintext.length > MAX_EVENT_BYTES) throw new ParleyError('too_large', 'This is too large to send.')
    const state = this.#cache.get(groupId)
    return guarded(async () => {
      const made = await createApplicationMessage(state, new Uint8Array(plaintext), this.#suite)
      const message = codec.encodePrivateMessage(made.privateMessage)
      return { message, state: this.#keep(groupId, made.newState, made.consumed) }
    })
  }

  async receive(groupId: Uint8Array, bytes: Uint8Array): Promise<MlsIncoming & { state: Uint8Array }> {
    const state = this.#cache.get(groupId)
    const privateMessage = codec.decodePrivateMessage(bytes)
    if (!equal(privateMessage.groupId, groupId))
      throw new ParleyError('invalid_params', 'The message is of another conversation.')
    const removed = state.groupActiveState.kind === 'removedFromGroup'
    const ahead = privateMessage.epoch > state.groupContext.epoch
    // What was sent before the removal may still be read.
    if (removed && (ahead || privateMessage.contentType !== 'application')) throw new MlsError('removed')
    if (ahead) throw new MlsError('ahead')
    if (privateMessage.contentType === 'commit' && memberLeaves(state.ratchetTree).length > 2)
      throw new ParleyError('not_supported', 'New keys of this conversation come by its log.')
    return guarded(async () => {
      const signer = await senderOf(state, privateMessage, this.#suite)
      const sender = memberOf(signer.leaf)
      const message = { wireformat: 'mls_private_message', privateMessage } as const
      const policy = new CommitPolicy(state)
      const result = await processMessage(message, state, emptyPskIndex, policy.decide, this.#suite)
      if (result.kind === 'applicationMessage') {
        const plaintext = new Uint8Array(result.message)
        return { kind: 'application', plaintext, sender, state: this.#keep(groupId, result.newState, result.consumed) }
      }
      if (policy.removesUs)
        return { kind: 'commit', sender, removedSelf: true, state: this.#keep(groupId, asRemoved(state), []) }
      if (result.actionTaken === 'reject')
        throw new ParleyError('not_supported', 'This change of the conversation is not supported.')
      requireSamePeople(state, result.newState)
      const after = memberLeaves(result.newState.ratchetTree).find(({ index }) => index === signer.index)
      if (after) requireSameDevice(signer.leaf, after.leaf)
      const next = this.#keep(groupId, result.newState, result.consumed)
      return { kind: 'commit', sender, removedSelf: false, state: next }
    })
  }

  async update(groupId: Uint8Array): Promise<{ commit: Uint8Array; state: Uint8Array } | undefined> {
    const state = this.#requireActive(groupId)
    if (!isOurTurn(state)) return undefined
    return guarded(async () => {
      const made = await createCommit({ state: this.#renewed(state), cipherSuite: this.#suite })
      const commit = codec.encodeMessage(made.commit)
      return { commit, state: this.#keep(groupId, made.newState, made.consumed) }
    })
  }

  async standing(groupId: Uint8Array): Promise<MlsStanding> {
    const { groupContext, ratchetTree, privatePath } = this.#cache.get(groupId)
    const leaves = memberLeaves(ratchetTree)
    const place = leaves.findIndex(({ index }) => index === privatePath.leafIndex)
    return { epoch: Number(groupContext.epoch), place, devices: leaves.length }
  }

  async prepareUpdate(groupId: Uint8Array): Promise<{ entry: Uint8Array; next: Uint8Array }> {
    const state = this.#requireActive(groupId)
    return guarded(() => prepareUpdate(this.#renewed(state), this.#suite))
  }

  async adoptUpdate(groupId: Uint8Array, next: Uint8Array): Promise<{ state: Uint8Array }> {
    const state = this.#requireActive(groupId)
    return { state: this.#keep(groupId, adopted(state, next), [state.keySchedule.initSecret]) }
  }

  async followUpdate(
    groupId: Uint8Array,
    entry: Uint8Array,
  ): Promise<{ state: Uint8Array; sender: DeviceCertificate } | undefined> {
    const made = await followed(this.#requireActive(groupId), entry, this.#suite)
    return made && { state: this.#keep(groupId, made.newState, made.consumed), sender: memberOf(made.sender) }
  }

  async forget(groupId: Uint8Array): Promise<void> {
    this.#cache.delete(groupId)
  }

  #requireActive(groupId: Uint8Array): ClientState {
    const state = this.#cache.get(groupId)
    if (state.groupActiveState.kind === 'removedFromGroup') throw new MlsError('removed')
    return state
  }

  #renewed(state: ClientState): ClientState {
    return withRenewedLeaf(state, this.#identity.certificate, this.#identity.now())
  }

  #newPackage() {
    const credential = { credentialType: 'basic' as const, identity: new Uint8Array(this.#identity.certificate) }
    const keys = { publicKey: this.#identity.deviceKey.publicKey, signKey: NO_SIGNATURE_KEY }
    return generateKeyPackageWithKey(credential, capabilities, defaultLifetime, [], keys, this.#suite)
  }

  /** Encodes first, so that a state too large changes nothing, then wipes the keys that were used up. */
  #keep(groupId: Uint8Array, state: ClientState, consumed: Uint8Array[]): Uint8Array {
    const bytes = codec.encodeState(state)
    this.#cache.set(groupId, state)
    for (const secret of consumed) zeroOutUint8Array(secret)
    return bytes
  }
}

const capabilities = {
  versions: ['mls10' as const],
  ciphersuites: [MLS_SUITE],
  extensions: [],
  proposals: [],
  credentials: ['basic' as const],
}

/**
 * Updates take turns by epoch, so no two commits ever rival and none is lost: at epoch e the member at place e mod 2
 * may commit. In larger groups the group's log orders them.
 */
function isOurTurn(state: ClientState): boolean {
  const leaves = memberLeaves(state.ratchetTree)
  if (leaves.length !== 2) return false
  return leaves[Number(state.groupContext.epoch % 2n)]?.index === state.privatePath.leafIndex
}

function requireGroupId(groupId: Uint8Array): void {
  if (groupId.length !== GROUP_ID_BYTES) throw new ParleyError('invalid_params', 'A conversation id has 32 bytes.')
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    throw mlsFault(thrown)
  }
}
