import { concat, utf8 } from '../../../../base/index.ts'
import { hash256 } from '../../../../wire/index.ts'
import {
  addresses,
  type Arg,
  bytes,
  byteVectors,
  type Call,
  clock,
  coin,
  results,
  shared,
  taken,
  u64,
  u64s,
} from './arguments.ts'
import type { Script } from './script.ts'
import {
  conditionCall,
  digestOfMessage,
  type Party,
  partyOf,
  signBy,
  type State,
  stateBytes,
  withdrawalBytes,
} from './states.ts'
import { IOTA } from './world.ts'

const CHANNEL = `0x0::channel::Channel<${IOTA}>`
export const CHAIN = utf8('6364aad5')
export const WINDOW = 60_000n

export interface Opening {
  chain?: Uint8Array
  keys?: Uint8Array[]
  payouts?: string[]
  balances: bigint[]
  window?: bigint
  deposit?: bigint
}

/** A hash-lock's preimage and hash. */
export function lock(text: string): { preimage: Uint8Array; hash: Uint8Array } {
  return { preimage: utf8(text), hash: hash256(utf8(text)) }
}

/** Calls on one channel, with every signature that they need unless others are given. */
export class ChannelBench {
  readonly script: Script
  readonly parties: Party[]
  id = ''

  constructor(script: Script, parties: number) {
    this.script = script
    this.parties = Array.from({ length: parties }, (_, index) => partyOf(index))
  }

  openCall({ chain = CHAIN, keys, payouts, balances, window = WINDOW, deposit }: Opening): Call {
    const total = balances.reduce((sum, value) => sum + value, 0n)
    return this.#call('open', [
      bytes(chain),
      byteVectors(keys ?? this.parties.map((party) => party.key)),
      addresses(payouts ?? this.parties.map((party) => party.payout)),
      u64s(balances),
      u64(window),
      coin(deposit ?? total),
    ])
  }

  open(opening: Opening): this {
    this.id = this.script.share(this.openCall(opening))
    return this
  }

  /** Whose transaction comes next. */
  by(party: number): this {
    this.script.sender = this.parties[party]?.payout ?? '0xbad'
    return this
  }

  depositCall(party: number, value: bigint): Call {
    return this.#call('deposit', [this.channel, u64(party), coin(value)])
  }

  closeCall(sequence: bigint, balances: bigint[], signatures?: Uint8Array[]): Call {
    const message = stateBytes(this.id, { sequence, confirmed: 0n, balances, conditions: [] })
    const signed = signatures ?? this.sign('parley/channel-close/1', message)
    return this.#call('close', [taken(this.id, CHANNEL), u64(sequence), u64s(balances), byteVectors(signed)])
  }

  withdrawCall(state: State, amounts: bigint[], signatures?: Uint8Array[]): Call {
    const signed = signatures ?? this.sign('parley/channel-withdraw/1', withdrawalBytes(this.id, state, amounts))
    const [sequence, confirmed, balances, conditions] = this.#state(state)
    return this.#call('withdraw', [
      this.channel,
      sequence,
      confirmed,
      balances,
      conditions,
      u64s(amounts),
      byteVectors(signed),
    ])
  }

  startCall(party: number): Call {
    return this.#call('start_close', [this.channel, u64(party), clock])
  }

  startWithCall(party: number, state: State, signatures = this.signState(state)): Call {
    const args = [this.channel, u64(party), ...this.#state(state), byteVectors(signatures), clock]
    return this.#call('start_close_with', args)
  }

  challengeCall(state: State, signatures = this.signState(state)): Call {
    const args = [this.channel, ...this.#state(state), byteVectors(signatures), clock]
    return { ...this.#call('challenge', args), context: false }
  }

  revealCall(preimage: Uint8Array): Call {
    return { ...this.#call('reveal', [this.channel, bytes(preimage), clock]), context: false }
  }

  settleCall(): Call {
    return this.#call('settle', [this.channel, clock])
  }

  destroyCall(party: number): Call {
    return this.#call('destroy', [taken(this.id, CHANNEL), u64(party)])
  }

  readCall(name: 'value' | 'sequence' | 'closes_at'): Call {
    return { ...this.#call(name, [this.channel]), context: false }
  }

  signState(state: State): Uint8Array[] {
    return this.sign('parley/channel/1', stateBytes(this.id, state))
  }

  sign(domain: string, message: Uint8Array, chain = CHAIN): Uint8Array[] {
    const digest = digestOfMessage(domain, chain, message)
    return this.parties.map((party) => signBy(party, digest))
  }

  get channel(): Arg {
    return shared(this.id, CHANNEL)
  }

  #state({ sequence, confirmed, balances, conditions }: State): [Arg, Arg, Arg, Arg] {
    const list = results('0x0::channel::Condition', conditions.map(conditionCall))
    return [u64(sequence), u64(confirmed), u64s(balances), list]
  }

  #call(name: string, args: Arg[]): Call {
    return { module: 'channel', function: name, typeArguments: [IOTA], args, context: true }
  }
}

/** A state with nothing in it but what a test is about. */
export function state(sequence: bigint, balances: bigint[], more: Partial<State> = {}): State {
  return { sequence, confirmed: sequence - 1n, balances, conditions: [], ...more }
}

/** The digest input of `channel::digest`. */
export function digestCall(domain: string, chain: Uint8Array, message: Uint8Array): Call {
  return { module: 'channel', function: 'digest', args: [bytes(utf8(domain)), bytes(chain), bytes(concat(message))] }
}
