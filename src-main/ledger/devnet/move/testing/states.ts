import { ed25519 } from '@noble/curves/ed25519.js'
import { bcs } from '@iota/bcs'
import { concat, utf8 } from '../../../../base/index.ts'
import { hash256 } from '../../../../wire/index.ts'
import { addressBytes, type Call, bytes as bytesArg, u64 } from './arguments.ts'

/** What the parties of a channel sign, written a second time from PROTOCOL section 11 and docs/move.md. */
export interface Condition {
  from: number
  to: number
  amount: bigint
  hash: Uint8Array
  expiry: bigint
}

export interface State {
  sequence: bigint
  confirmed: bigint
  balances: bigint[]
  conditions: Condition[]
}

export interface Party {
  secret: Uint8Array
  key: Uint8Array
  payout: string
}

const u64s = bcs.vector(bcs.u64())
const ConditionBytes = bcs.struct('Condition', {
  from: bcs.u64(),
  to: bcs.u64(),
  amount: bcs.u64(),
  hash: bcs.byteVector(),
  expiry: bcs.u64(),
})
const StateBytes = bcs.struct('State', {
  channelType: bcs.byteVector(),
  channel: bcs.bytes(32),
  sequence: bcs.u64(),
  confirmed: bcs.u64(),
  balances: u64s,
  conditions: bcs.vector(ConditionBytes),
})

/** `0000…::channel::Channel<…>`: the package's id in 64 digits, without 0x. */
export const CHANNEL_TYPE = `${'0'.repeat(64)}::channel::Channel<${'2'.padStart(64, '0')}::iota::IOTA>`

export function stateBytes(channel: string, state: State, channelType = CHANNEL_TYPE): Uint8Array {
  const value = { ...state, channelType: utf8(channelType), channel: addressBytes(channel) }
  return StateBytes.serialize(value).toBytes()
}

export function withdrawalBytes(channel: string, state: State, amounts: bigint[]): Uint8Array {
  return concat(stateBytes(channel, state), u64s.serialize(amounts).toBytes())
}

export function digestOfMessage(domain: string, chain: Uint8Array, message: Uint8Array): Uint8Array {
  return hash256(Uint8Array.of(domain.length), utf8(domain), Uint8Array.of(chain.length), chain, message)
}

export function signBy(party: Party, digest: Uint8Array): Uint8Array {
  return ed25519.sign(digest, party.secret)
}

/** The `index`-th party of any test; its payout address is 0xa0…, 0xa1…. */
export function partyOf(index: number): Party {
  const secret = new Uint8Array(32).fill(index + 1)
  return { secret, key: ed25519.getPublicKey(secret), payout: `0x${(0xa0 + index).toString(16)}` }
}

export function conditionCall({ from, to, amount, hash, expiry }: Condition): Call {
  const args = [u64(from), u64(to), u64(amount), bytesArg(hash), u64(expiry)]
  return { module: 'channel', function: 'condition', args }
}
