import { DAY_MS, toHex } from '../../base/index.ts'
import type { Row } from '../state/index.ts'
import { type BookChannel, ChannelTable } from './channel-table.ts'
import { FeeDatabase } from './database.ts'
import { isPosted, note, type Posting, roomOf } from './postings.ts'
import { nanosOf, type Use } from './prices.ts'
import { Repeats } from './repeats.ts'

/** Accounts that were not seen for so long are forgotten; those with an open channel never. */
const FORGET_MS = 90 * DAY_MS
/** 200 bytes each. Beyond it those not seen for longest go, whatever they owe. */
const MAX_ACCOUNTS = 500_000
/** Accounts that are summed at once. */
const PAGE = 1_000

/** What a device used, and what it owes for it. */
export interface DeviceUse extends Use {
  /** Parts of a NANO (see prices.ts). */
  charged: bigint
  /** NANOS that it was charged for contact requests to strangers. */
  postage: bigint
  /** NANOS that its vouchers promised, of all channels ever. */
  paid: bigint
}

/** One thing that was used. */
export interface Count {
  address: string
  device: string
  /** Its name, and until when a repeat finds it kept; undefined where the same again counts again. */
  repeat: { key: Uint8Array; keptUntil: number } | undefined
  use: Use
  /** Bytes of the free allowance; 0 where it is charged. */
  free: number
  /** Parts of a NANO. */
  charge: bigint
  now: number
}

/** Everything that a node knows of what is used and paid, on disk. */
export class FeeBook {
  readonly channels: ChannelTable
  readonly #database: FeeDatabase
  readonly #repeats: Repeats
  #waiting: { count: Count; resolve: () => void; reject: (error: unknown) => void }[] = []
  #scheduled: NodeJS.Immediate | undefined

  constructor(path: string, number: number) {
    this.#database = new FeeDatabase(path, number)
    this.#repeats = new Repeats(this.#database)
    this.channels = new ChannelTable(this.#database)
  }

  /** Names this count. */
  get meter(): bigint {
    return BigInt(Number(this.#database.get('SELECT number FROM meter')?.['number']))
  }

  /**
   * Bytes of an address's free allowance that were used on a UTC day. A clock that was set back begins no new day: what was used on a later
   * one is taken for this day's, once and for all, so that the next day is one again.
   */
  freeUsed(address: string, day: number): number {
    const row = this.#database.get('SELECT day, free_used FROM account WHERE address = ?', address)
    if (!row || Number(row['day']) < day) return 0
    if (Number(row['day']) > day) this.#database.run('UPDATE account SET day = ? WHERE address = ?', day, address)
    return Number(row['free_used'])
  }

  use(address: string, device: string): DeviceUse {
    return useOf(this.#database.get('SELECT * FROM use WHERE address = ? AND device = ?', address, device))
  }

  /** NANOS that devices used and no voucher promises: what one of them has promised in advance makes up for no other. */
  unpaid(): bigint {
    const sql = `SELECT * FROM use WHERE (address, device) > (?, ?) ORDER BY address, device LIMIT ${PAGE}`
    let sum = 0n
    for (let last = ['', '']; ;) {
      const rows = this.#database.all(sql, ...last)
      for (const { charged, postage, paid } of rows.map(useOf)) {
        const owed = nanosOf(charged) + postage - paid
        if (owed > 0n) sum += owed
      }
      if (rows.length < PAGE) return sum
      const { address, device } = rows.at(-1) ?? {}
      last = [String(address), String(device)]
    }
  }

  /** Until when what was counted under this name is kept; undefined where nothing was, or it is forgotten. */
  keptUntil(key: Uint8Array): number | undefined {
    return this.#repeats.keptUntil(key)
  }

  /** Resolves when it is on disk. All of one turn of the event loop share one commit. */
  count(count: Count): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ count, resolve, reject })
      this.#scheduled ??= setImmediate(() => this.#flush())
    })
  }

  /** Whether the request was accepted before: a repeat costs nothing. */
  isPosted(posting: Posting): boolean {
    return isPosted(this.#database, posting)
  }

  /** How many requests more to the same device of the same recipient cost nothing. */
  roomOf(posting: Posting): number {
    return roomOf(this.#database, posting)
  }

  /** Charges a request that was accepted, unless it is paid for; on disk when it returns. */
  post(posting: Posting, nanos: bigint): void {
    const { address, device, now } = posting
    this.#database.transaction(() => {
      if (!note(this.#database, posting)) return
      const use = this.use(address, device)
      this.#saveUse(address, device, { ...use, postage: use.postage + nanos }, now)
    })
  }

  channel(id: string): BookChannel | undefined {
    return this.channels.get(id)
  }

  /** Of a device and not closed, the one with the newest voucher last. */
  channelsOf(address: string, device: string): BookChannel[] {
    return this.channels.of(address, device)
  }

  /**
   * Changes a channel, or adds it as it is given where it is not known; answers it as it is then. What its voucher promises more than before
   * counts as paid. On disk when it returns. `change` sees what is on disk, because an operator's command may write beside the node;
   * a ParleyError that it throws leaves all as it was.
   */
  changeChannel(known: BookChannel, change: (now: BookChannel) => Partial<BookChannel>, at: number): BookChannel {
    return this.#database.transaction(() => {
      const before = this.channel(known.id)
      const now = before ?? known
      const channel = { ...now, ...change(now) }
      const more = channel.paid - (before?.paid ?? 0n)
      if (more > 0n) {
        const device = toHex(channel.payerKey)
        const use = this.use(channel.address, device)
        this.#saveUse(channel.address, device, { ...use, paid: use.paid + more }, at)
      }
      this.channels.save(channel, at)
      return channel
    })
  }

  /** Forgets what is old or too much. */
  prune(now: number): void {
    const open = `(SELECT address FROM channel WHERE state <> 'closed')`
    this.#database.transaction(() => {
      const before = now - FORGET_MS
      this.#database.run(`DELETE FROM account WHERE at < ? AND address NOT IN ${open}`, before)
      this.#database.run(`DELETE FROM use WHERE at < ? AND address NOT IN ${open}`, before)
      for (const table of ['account', 'use'])
        this.#database.run(
          `DELETE FROM ${table} WHERE address NOT IN ${open} AND at <
             (SELECT at FROM ${table} ORDER BY at DESC LIMIT 1 OFFSET ${MAX_ACCOUNTS})`,
        )
      this.#database.run(`DELETE FROM channel WHERE state = 'closed' AND at < ?`, before)
    })
  }

  /** Writes what waits, then closes. */
  close(): void {
    this.#flush()
    this.#database.close()
  }

  #flush(): void {
    if (this.#scheduled) clearImmediate(this.#scheduled)
    this.#scheduled = undefined
    const waiting = this.#waiting
    this.#waiting = []
    if (waiting.length === 0) return
    try {
      this.#database.transaction(() => {
        for (const { count } of waiting) this.#count(count)
        this.#repeats.trim()
      })
    } catch (error) {
      for (const { reject } of waiting) reject(error)
      return
    }
    for (const { resolve } of waiting) resolve()
  }

  #count({ address, device, repeat, use, free, charge, now }: Count): void {
    if (repeat) this.#repeats.add(address, repeat)
    const before = this.use(address, device)
    const after = {
      ...before,
      relayedBytes: before.relayedBytes + use.relayedBytes,
      storedByteMs: before.storedByteMs + use.storedByteMs,
      charged: before.charged + charge,
    }
    this.#saveUse(address, device, after, now)
    const day = Math.floor(now / DAY_MS)
    const freeUsed = this.freeUsed(address, day) + free
    this.#database.run('INSERT OR REPLACE INTO account VALUES (?, ?, ?, ?)', address, day, freeUsed, now)
  }

  #saveUse(address: string, device: string, use: DeviceUse, at: number): void {
    const counts = [use.relayedBytes, use.storedByteMs, use.charged].map(String)
    const sql = 'INSERT OR REPLACE INTO use VALUES (?, ?, ?, ?, ?, ?, ?, ?)'
    this.#database.run(sql, address, device, ...counts, at, String(use.paid), String(use.postage))
  }
}

function useOf(row: Row | undefined): DeviceUse {
  return {
    relayedBytes: BigInt(String(row?.['relayed'] ?? 0)),
    storedByteMs: BigInt(String(row?.['stored'] ?? 0)),
    charged: BigInt(String(row?.['charged'] ?? 0)),
    postage: BigInt(String(row?.['postage'] ?? 0)),
    paid: BigInt(String(row?.['paid'] ?? 0)),
  }
}
