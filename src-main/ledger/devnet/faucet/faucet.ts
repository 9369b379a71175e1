import { bcs } from '@iota/iota-sdk/bcs'
import { toBase64 } from '@iota/bcs'
import { type Clock, concat, SerialQueue } from '../../../base/index.ts'
import { ParleyError } from '../../../contract/index.ts'
import type { SigningKey } from '../../../crypto/index.ts'
import { addressOfPublicKey, hash256 } from '../../../wire/index.ts'
import type { ChainEntry } from '../chain.ts'
import { REFERENCE_GAS_PRICE } from '../execution/index.ts'
import type { LocalNode } from '../node.ts'
import { coinValue } from '../objects/index.ts'
import { RateLimiter } from './limiter.ts'

/** As the public faucets: several coins, so that a wallet can have transactions side by side. */
const COINS_PER_REQUEST = 5
const NANOS_PER_COIN = 10_000_000_000n
/** Five new coins cost 5.9 million NANOS. */
const GAS_BUDGET = 50_000_000n
const WINDOW_MS = 60_000
/** More than any person or test needs, and too little to empty the chest: that would take a billion minutes. */
const REQUESTS_PER_ADDRESS = 30
const REQUESTS_IN_ALL = 600
const MAX_WAITING = 100

export interface FaucetCoin {
  /** NANOS; the faucet's interface has it as a number. */
  amount: number
  id: string
  transferTxDigest: string
}

/** Gives tokens of no value, by ordinary signed transactions from the genesis account. */
export class Faucet {
  readonly address: string
  readonly #node: LocalNode
  readonly #key: SigningKey
  readonly #queue = new SerialQueue()
  readonly #perAddress: RateLimiter
  readonly #inAll: RateLimiter

  constructor(node: LocalNode, key: SigningKey, clock: Clock) {
    this.#node = node
    this.#key = key
    this.address = addressOfPublicKey(key.publicKey)
    this.#perAddress = new RateLimiter(clock, WINDOW_MS, REQUESTS_PER_ADDRESS)
    this.#inAll = new RateLimiter(clock, WINDOW_MS, REQUESTS_IN_ALL)
  }

  /** Sends the coins and resolves once they are durable. Throws `rate_limited`. */
  async give(recipient: string): Promise<FaucetCoin[]> {
    const admitted = this.#queue.length < MAX_WAITING && this.#inAll.admit('') && this.#perAddress.admit(recipient)
    if (!admitted)
      throw new ParleyError('rate_limited', 'Too many requests to the faucet. Please try again in a minute.')
    const entry = await this.#queue.run(() => this.#send(recipient))
    return coinsFor(entry, recipient)
  }

  async #send(recipient: string): Promise<ChainEntry> {
    const [coin] = this.#node.chain.objects
      .ownedBy(this.address)
      .toSorted((a, b) => (coinValue(a) < coinValue(b) ? 1 : -1))
    if (!coin) throw new ParleyError('insufficient_funds', 'The faucet is empty.')
    const payment = { objectId: coin.id, version: coin.version, digest: coin.digest }
    const bytes = transferBytes(this.address, recipient, payment)
    const signature = this.#key.sign(hash256(Uint8Array.of(0, 0, 0), bytes))
    return this.#node.submit(bytes, [toBase64(concat(Uint8Array.of(0), signature, this.#key.publicKey))])
  }
}

function transferBytes(
  sender: string,
  recipient: string,
  payment: { objectId: string; version: bigint; digest: string },
): Uint8Array {
  const pure = (bytes: Uint8Array) => ({ Pure: { bytes } })
  const amount = { Input: 0 }
  const coins = Array.from({ length: COINS_PER_REQUEST }, (_, index) => ({
    NestedResult: [0, index] as [number, number],
  }))
  const commands = [
    { SplitCoins: { coin: { GasCoin: true as const }, amounts: coins.map(() => amount) } },
    { TransferObjects: { objects: coins, address: { Input: 1 } } },
  ]
  const inputs = [pure(bcs.u64().serialize(NANOS_PER_COIN).toBytes()), pure(bcs.Address.serialize(recipient).toBytes())]
  const gasData = { payment: [payment], owner: sender, price: REFERENCE_GAS_PRICE, budget: GAS_BUDGET }
  const kind = { ProgrammableTransaction: { inputs, commands } }
  return bcs.TransactionData.serialize({ V1: { kind, sender, gasData, expiration: { None: true } } }).toBytes()
}

function coinsFor({ execution, transaction }: ChainEntry, recipient: string): FaucetCoin[] {
  if (!execution.status.success) throw new ParleyError('internal', 'The faucet could not send.')
  return execution.changes.flatMap(({ id, before, after }) => {
    if (before || !after || !('AddressOwner' in after.owner) || after.owner.AddressOwner !== recipient) return []
    return { amount: Number(coinValue(after)), id, transferTxDigest: transaction.digest }
  })
}
