import { type Clock, deadline, equal, toHex } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { MAX_LOG_ENTRY_BYTES, MAX_LOG_PAGE_ENTRIES } from '../../wire/index.ts'
import { REQUEST_MS } from '../constants.ts'
import type { RelayPayer } from '../fees/payer.ts'
import { askInTurn } from '../sector/ask.ts'
import type { LogEntry, LogResult } from '../types.ts'
import { linkedNode } from './linked-node.ts'
import type { Links } from './links.ts'
import type { NodeLink } from './node-link.ts'

const GROUP_BYTES = 32
/** A node of the log answers in milliseconds, but may have to wait for others that are gone. */
const HEDGE_MS = 3_000
/** A node that does not know, or serve for nothing, what others may. */
const AGAIN: ReadonlySet<string> = new Set([
  'offline',
  'timeout',
  'unauthorized',
  'not_supported',
  'unsupported_version',
  'payment_required',
])

/** A device's side of group logs: any linked node brings a request to those that keep the log. */
export class ClientLogs {
  readonly #links: Links
  readonly #clock: Clock
  readonly #payer: Pick<RelayPayer, 'append' | 'read'> | undefined

  constructor(links: Links, clock: Clock, payer?: Pick<RelayPayer, 'append' | 'read'>) {
    this.#links = links
    this.#clock = clock
    this.#payer = payer
  }

  async append(group: Uint8Array, epoch: number, entry: Uint8Array): Promise<LogResult> {
    requireEpoch(epoch)
    if (entry.length === 0) throw new ParleyError('invalid_params', 'An entry has at least one byte.')
    if (entry.length > MAX_LOG_ENTRY_BYTES)
      throw new ParleyError('too_large', `An entry has ${MAX_LOG_ENTRY_BYTES} bytes at most.`)
    const id = idOf(group)
    // The same entry twice is one: whoever asks again after a broken link hears the same.
    const { result } = await this.#ask(id, (link) => {
      const body = { group: id, epoch, entry, founding: null }
      const attempt = () => link.request('logAppend', body, 'logResult', REQUEST_MS)
      return this.#payer?.append(linkedNode(this.#links, link), body, attempt) ?? attempt()
    })
    if (result.$kind === 'won' || (result.$kind === 'lost' && equal(result.lost, entry))) return { won: true }
    if (result.$kind === 'lost') return { won: false, entry: result.lost }
    throw new ParleyError('offline', 'The nodes that keep this log cannot be reached.', { retryAfter: 1_000 })
  }

  async read(group: Uint8Array, fromEpoch: number, limit: number): Promise<LogEntry[]> {
    requireEpoch(fromEpoch)
    const id = idOf(group)
    const found: LogEntry[] = []
    let from = fromEpoch
    while (found.length < limit) {
      const body = { group: id, from, limit: Math.min(limit - found.length, MAX_LOG_PAGE_ENTRIES) }
      const { entries, more } = await this.#ask(id, (link) => {
        const attempt = () => link.request('logRead', body, 'logEntries', REQUEST_MS)
        return this.#payer?.read(linkedNode(this.#links, link), body, attempt) ?? attempt()
      })
      requireOrder(entries, from)
      found.push(...entries)
      const last = entries.at(-1)
      if (!more || !last) break
      from = last.epoch + 1
    }
    return found.slice(0, limit)
  }

  async #ask<R>(group: string, ask: (link: NodeLink) => Promise<R>): Promise<R> {
    const links = await this.#links.towards(group)
    const final = (error: unknown) => error instanceof ParleyError && !AGAIN.has(error.code)
    return deadline(askInTurn(this.#clock, links, HEDGE_MS, ask, final), REQUEST_MS, 'The node did not answer in time.')
  }
}

function idOf(group: Uint8Array): string {
  if (group.length !== GROUP_BYTES) throw new ParleyError('invalid_params', `A group's id has ${GROUP_BYTES} bytes.`)
  return `0x${toHex(group)}`
}

function requireEpoch(epoch: number): void {
  if (!Number.isSafeInteger(epoch) || epoch < 0) throw new ParleyError('invalid_params', 'There is no such epoch.')
}

/** A node that answers in circles would make a reader go on for ever. */
function requireOrder(entries: readonly LogEntry[], from: number): void {
  let next = from
  for (const { epoch } of entries) {
    if (epoch < next) throw new ParleyError('invalid_params', 'The node answered out of order.')
    next = epoch + 1
  }
}
