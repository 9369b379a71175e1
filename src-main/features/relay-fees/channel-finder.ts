import { equal, toHex } from '../../base/index.ts'
import type { Channels, LedgerChannel } from '../../ledger/index.ts'
import type { RelayFeesParts } from './types.ts'

const SEARCHED = 'relay-fees.searched'
/** 1,000 events of an address: whoever has more has had the program for long, and its credits are in its database. */
const MAX_PAGES = 20

/** Finds channels of this address on the ledger that its database does not know. */
export class ChannelFinder {
  readonly #parts: RelayFeesParts

  constructor(parts: RelayFeesParts) {
    this.#parts = parts
  }

  /** Once for each data set: the channels that this address has opened before. Those of other devices can only be closed here. */
  async search(): Promise<void> {
    const { store, ledger } = this.#parts
    if (store.settings.get(SEARCHED) === true) return
    const channels = await ledger.channels()
    if (channels) for await (const id of this.#opened(channels)) await this.#found(channels, id)
    store.settings.set(SEARCHED, true)
  }

  /** Newest first. */
  async *#opened(channels: Channels): AsyncGenerator<string, void> {
    let cursor: string | undefined
    for (let page = 0; page < MAX_PAGES; page++) {
      const found = await channels.openedFrom(this.#parts.self, cursor)
      yield* found.channels
      cursor = found.cursor
      if (cursor === undefined) return
    }
  }

  async #found(channels: Channels, id: string): Promise<void> {
    const { store, self, deviceKey, clock } = this.#parts
    if (store.relayFees.credits().some(({ channel }) => channel === id)) return
    const channel = await channels.read(id)
    const [payer, payee] = channel?.parties ?? []
    if (!channel || channel.settled || payer?.payout !== self || !payee || channel.parties.length !== 2) return
    store.relayFees.saveCredit({
      digest: id,
      channel: id,
      node: toHex(payee.key),
      state: channel.closesAt !== 0 ? 'closing' : equal(payer.key, deviceKey.publicKey) ? 'open' : 'elsewhere',
      owner: payee.payout,
      packageId: channels.packageId,
      windowMs: channel.windowMs,
      deposited: totalOf(channel),
      paid: 0n,
      closesAt: channel.closesAt,
      at: clock.now(),
    })
  }
}

/** NANOS that were put into it in all. */
export function totalOf({ base, deposits }: LedgerChannel): bigint {
  return base + deposits.reduce((sum, { amount }) => sum + amount, 0n)
}
