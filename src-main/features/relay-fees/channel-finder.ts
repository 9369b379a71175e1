import { equal, Lately, toHex } from '../../base/index.ts'
import { type Channels, isMadeBy, type LedgerChannel } from '../../ledger/index.ts'
import type { RelayCreditRow } from '../../store/index.ts'
import type { RelayFeesParts } from './types.ts'

const SEARCHED = 'relay-fees.searched'
/** 1,000 events of an address: whoever has more has had the program for long, and its credits are in its database. */
const MAX_PAGES = 20
/** A server of the ledger that does not know a transaction so long after it was signed has dropped it. */
const LATE_MS = 5 * 60_000
/** A search takes up to MAX_PAGES requests. */
const SEARCH_AGAIN_MS = 10 * 60_000

/** Finds channels of this address on the ledger that its database does not know. */
export class ChannelFinder {
  readonly #parts: RelayFeesParts
  /** Late channels, by digest. */
  readonly #searched: Lately

  constructor(parts: RelayFeesParts) {
    this.#parts = parts
    this.#searched = new Lately(parts.clock, SEARCH_AGAIN_MS)
  }

  /** Once for each data set: the channels that this address has opened before. Those of other devices can only be closed here. */
  async search(): Promise<void> {
    const { store, ledger } = this.#parts
    if (store.settings.get(SEARCHED) === true) return
    const channels = await ledger.channels()
    if (channels) for await (const id of this.#opened(channels)) await this.#found(channels, id)
    store.settings.set(SEARCHED, true)
  }

  /**
   * The channel that a credit's transaction opened; undefined where it is not known (yet). Throws as the ledger does, and where its server
   * names an object of another transaction. A late one is searched for among what this address opened.
   */
  async openedBy(channels: Channels, row: RelayCreditRow): Promise<string | undefined> {
    const isLate = this.isLate(row)
    try {
      const id = await channels.openedBy(row.digest)
      if (id !== undefined) return id
    } catch (error) {
      if (!isLate) throw error
      this.#parts.log.info({ err: error }, 'the ledger does not tell what a deposit opened')
    }
    return isLate ? this.#searchFor(channels, row.digest) : undefined
  }

  /** The ledger executed it some time ago: it has a channel, whether or not that is found. */
  isLate({ digest }: RelayCreditRow): boolean {
    const { store, clock } = this.#parts
    const transfer = store.transfers.get(digest)
    return transfer?.state === 'done' && clock.now() - transfer.at > LATE_MS
  }

  async #searchFor(channels: Channels, digest: string): Promise<string | undefined> {
    if (this.#searched.has(digest)) return undefined
    this.#searched.note(digest)
    for await (const id of this.#opened(channels)) {
      if (!isMadeBy(id, digest)) continue
      this.#searched.forget(digest)
      return id
    }
    return undefined
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
