import { fromHex } from '../../base/index.ts'
import type { Row } from '../state/index.ts'
import type { FeeDatabase } from './database.ts'

type ChannelStatus = 'open' | 'closing' | 'closed'

/** A payer's channel to this node with its newest voucher. */
export interface BookChannel {
  id: string
  address: string
  /** The device's: it alone signs vouchers. */
  payerKey: Uint8Array
  windowMs: number
  sharedAt: bigint
  /** NANOS of the opening. */
  base: bigint
  /** NANOS in it as far as the ledger was asked. */
  deposited: bigint
  /** NANOS promised, and the deposit that this voucher counts. */
  paid: bigint
  counted: bigint
  signature: Uint8Array | undefined
  state: ChannelStatus
  /** ms since 1970; 0 while nobody closes. */
  closesAt: number
  /** Epoch of its first voucher here. */
  epoch: bigint
  /** NANOS that the node gets by the newest state that the ledger was seen to have or the node has consented to. */
  shown: bigint
}

/** Sums that stand as text, exact below 2^63: all NANOS that there are. */
const sumOf = (column: string, where: string) =>
  `(SELECT CAST(coalesce(sum(CAST(${column} AS INTEGER)), 0) AS TEXT) FROM channel WHERE ${where})`
const SAVE = `INSERT INTO channel (id, address, payer_key, window_ms, shared_at, base, deposited, paid, counted, signature,
    state, closes_at, epoch, at, shown) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET deposited = excluded.deposited, paid = excluded.paid, counted = excluded.counted,
    signature = excluded.signature, state = excluded.state, closes_at = excluded.closes_at, at = excluded.at, shown = excluded.shown`

/** The channels of a node's account book. */
export class ChannelTable {
  readonly #database: FeeDatabase

  constructor(database: FeeDatabase) {
    this.#database = database
  }

  get(id: string): BookChannel | undefined {
    const row = this.#database.get('SELECT * FROM channel WHERE id = ?', id)
    return row && channelOf(row)
  }

  /** Of a device and not closed, the one with the newest voucher last. */
  of(address: string, device: string): BookChannel[] {
    return this.#database
      .all(
        `SELECT * FROM channel WHERE address = ? AND payer_key = ? AND state <> 'closed' ORDER BY at`,
        address,
        fromHex(device),
      )
      .map(channelOf)
  }

  /** Every channel ever, newest first. */
  newest(limit: number): BookChannel[] {
    return this.#database.all('SELECT * FROM channel ORDER BY at DESC LIMIT ?', limit).map(channelOf)
  }

  /** NANOS of all channels ever: promised in those that are not closed yet, and paid out from those that are. */
  sums(): { open: bigint; collected: bigint } {
    const [open, collected] = [sumOf('paid', `state <> 'closed'`), sumOf('shown', `state = 'closed'`)]
    const row = this.#database.get(`SELECT ${open} AS open, ${collected} AS collected`)
    return { open: BigInt(String(row?.['open'])), collected: BigInt(String(row?.['collected'])) }
  }

  /** Those in a state, in the order of their ids, after one of them. */
  after(state: ChannelStatus, id: string, limit: number): BookChannel[] {
    const sql = 'SELECT * FROM channel WHERE state = ? AND id > ? ORDER BY id LIMIT ?'
    return this.#database.all(sql, state, id, limit).map(channelOf)
  }

  save(channel: BookChannel, at: number): void {
    this.#database.run(
      SAVE,
      channel.id,
      channel.address,
      channel.payerKey,
      channel.windowMs,
      ...[channel.sharedAt, channel.base, channel.deposited, channel.paid, channel.counted].map(String),
      channel.signature ?? null,
      channel.state,
      channel.closesAt,
      String(channel.epoch),
      at,
      String(channel.shown),
    )
  }
}

function channelOf(row: Row): BookChannel {
  const big = (name: string) => BigInt(String(row[name]))
  const signature = row['signature'] as Uint8Array | null
  return {
    id: String(row['id']),
    address: String(row['address']),
    payerKey: row['payer_key'] as Uint8Array,
    windowMs: Number(row['window_ms']),
    sharedAt: big('shared_at'),
    base: big('base'),
    deposited: big('deposited'),
    paid: big('paid'),
    counted: big('counted'),
    signature: signature ?? undefined,
    state: String(row['state']) as ChannelStatus,
    closesAt: Number(row['closes_at']),
    epoch: big('epoch'),
    shown: big('shown'),
  }
}
