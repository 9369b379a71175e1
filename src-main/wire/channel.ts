import { bcs } from '@iota/bcs'
import { utf8 } from '../base/index.ts'
import { addressBytes } from './address.ts'
import { encode } from './codec.ts'
import { signingDigest } from './domain.ts'
import { Bytes32, ByteVector } from './identity.ts'

const MAX_STATE_BYTES = 8 * 1024
const u64s = bcs.vector(bcs.u64())

/** `State` of the Move module `channel`; conditions are not used here, so they are always none. */
const ChannelStateBytes = bcs.struct('State', {
  channelType: ByteVector,
  channel: Bytes32,
  sequence: bcs.u64(),
  confirmed: bcs.u64(),
  balances: u64s,
  conditions: bcs.vector(bcs.u8()),
})

/** What the parties of a channel sign (PROTOCOL section 11), without conditions. */
export interface ChannelStateValue {
  /** The package of the channel's module, `0x…`. */
  packageId: string
  /** Object id, `0x…`. */
  channel: string
  sequence: bigint
  /** The newest state that every party holds with all signatures; 0 for vouchers. */
  confirmed: bigint
  /** NANOS, in the order of the parties. */
  balances: readonly bigint[]
}

/** The channel's full type as the ledger names it: addresses in 64 digits, without 0x. */
export function channelTypeOf(packageId: string): string {
  return `${packageId.slice(2).padStart(64, '0')}::channel::Channel<${'2'.padStart(64, '0')}::iota::IOTA>`
}

/** The 32 bytes that a party signs for a state to close with in dispute, or (`close`) for closing at once. */
export function channelStateDigest(chain: string, state: ChannelStateValue, close = false): Uint8Array<ArrayBuffer> {
  const bytes = encode(
    ChannelStateBytes,
    {
      channelType: utf8(channelTypeOf(state.packageId)),
      channel: addressBytes(state.channel),
      sequence: state.sequence,
      confirmed: close ? 0n : state.confirmed,
      balances: [...state.balances],
      conditions: [],
    },
    MAX_STATE_BYTES,
  )
  return signingDigest(close ? 'parley/channel-close/1' : 'parley/channel/1', chain, bytes)
}
