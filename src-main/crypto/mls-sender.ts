import type { ClientState, KeyPackage, LeafNode, PrivateKeyPackage, PrivateMessage, Welcome } from 'ts-mls'
import { makeKeyPackageRef } from 'ts-mls/keyPackage.js'
import { decryptSenderData } from 'ts-mls/privateMessage.js'
import { decryptGroupInfo, decryptGroupSecrets } from 'ts-mls/welcome.js'
import { ParleyError } from '../contract/index.ts'
import { MlsError } from './mls-error.ts'
import { memberLeaves } from './mls-leaf.ts'
import type { CiphersuiteImpl } from './mls-suite.ts'

/**
 * The leaf that a message says it is from. Trust it only once the same message has been processed: ts-mls checks the
 * signature by that leaf's key but does not tell whose it was.
 */
export async function senderOf(
  state: ClientState,
  message: PrivateMessage,
  suite: CiphersuiteImpl,
): Promise<{ index: number; leaf: LeafNode }> {
  const epoch = epochData(state, message.epoch)
  const data = await decryptSenderData(message, epoch.senderDataSecret, suite)
  const sender = memberLeaves(epoch.ratchetTree).find(({ index }) => index === data?.leafIndex)
  if (!sender) throw new ParleyError('invalid_params', 'The message is of no member of the conversation.')
  return sender
}

function epochData(state: ClientState, epoch: bigint) {
  if (epoch === state.groupContext.epoch)
    return { senderDataSecret: state.keySchedule.senderDataSecret, ratchetTree: state.ratchetTree }
  const past = state.historicalReceiverData.get(epoch)
  if (!past) throw new MlsError('stale')
  return past
}

/** The leaf index that signed a Welcome's group information; `joinGroup` checks that signature. */
export async function signerOf(
  welcome: Welcome,
  keyPackage: KeyPackage,
  keys: PrivateKeyPackage,
  suite: CiphersuiteImpl,
): Promise<number> {
  const ref = await makeKeyPackageRef(keyPackage, suite.hash)
  const initKey = await suite.hpke.importPrivateKey(keys.initPrivateKey)
  const secrets = await decryptGroupSecrets(initKey, ref, welcome, suite.hpke)
  if (!secrets || secrets.psks.length > 0) throw new ParleyError('invalid_params', 'The invitation cannot be used.')
  const info = await decryptGroupInfo(welcome, secrets.joinerSecret, new Uint8Array(suite.kdf.size), suite)
  if (!info) throw new ParleyError('invalid_params', 'The invitation cannot be read.')
  return info.signer
}
