import { fromHex } from '../../base/index.ts'
import type { FeeDatabase } from './database.ts'

/** What was counted and is remembered so that a repeat costs nothing: a day at 3 a second; 115 bytes each, 29 MB. */
const MAX_REPEATS = 250_000
/** Counted once in so many, because that reads all of them; so many more may be there for a while. */
const SLACK = 2_000
/** Bytes of an address that tell apart whose they are. */
const OWNER_BYTES = 16

/** Sends and appends that were counted, on disk. Of a full memory whoever has most in it gives way: nobody drives out another's. */
export class Repeats {
  readonly #database: FeeDatabase
  readonly #most: number
  readonly #slack: number
  /** Added since it was looked at. An earlier process may have left more than there is place for. */
  #added: number

  constructor(database: FeeDatabase, most = MAX_REPEATS, slack = SLACK) {
    this.#database = database
    this.#most = most
    this.#slack = slack
    this.#added = slack
  }

  /** Until when it is kept, in ms since 1970, 0 where it is not; undefined where it was not counted, or is forgotten. */
  keptUntil(key: Uint8Array): number | undefined {
    const row = this.#database.get('SELECT until FROM counted WHERE key = ?', key)
    return row && Number(row['until'])
  }

  /** Within a transaction. */
  add(address: string, { key, keptUntil }: { key: Uint8Array; keptUntil: number }): void {
    const owner = fromHex(address.replace('0x', '')).subarray(0, OWNER_BYTES)
    const sql = `INSERT INTO counted (key, until, owner) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET until = excluded.until`
    this.#database.run(sql, key, keptUntil, owner)
    this.#added++
  }

  /** Within a transaction: forgets what is too much. */
  trim(): void {
    if (this.#added < this.#slack) return
    this.#added = 0
    const total = Number(this.#database.get('SELECT count(*) AS n FROM counted')?.['n'] ?? 0)
    let over = total - this.#most
    if (over <= 0) return
    const rows = this.#database.all('SELECT owner, count(*) AS n FROM counted GROUP BY owner')
    const owners = rows.map((row) => ({ owner: row['owner'] as Uint8Array, count: Number(row['n']) }))
    const share = shareOf(
      owners.map(({ count }) => count),
      over,
    )
    // What is kept no more goes first, then what is kept for the shortest time.
    for (const { owner, count } of owners) {
      const most = Math.min(over, count - share)
      if (most <= 0) continue
      const oldest = 'SELECT seq FROM counted WHERE owner = ? ORDER BY until LIMIT ?'
      over -= this.#database.run(`DELETE FROM counted WHERE seq IN (${oldest})`, owner, most)
    }
    // Everybody has one: there is nobody who has most.
    if (over > 0)
      this.#database.run('DELETE FROM counted WHERE seq IN (SELECT seq FROM counted ORDER BY seq LIMIT ?)', over)
  }
}

/** How many everybody may have, at least one, so that those above it give up all that is over. */
function shareOf(counts: number[], over: number): number {
  const falling = counts.toSorted((one, other) => other - one)
  let above = 0
  for (const [index, count] of falling.entries()) {
    const next = Math.max(1, falling[index + 1] ?? 1)
    above += count
    const share = Math.floor((above - over) / (index + 1))
    if (share >= next) return share
  }
  return 1
}
