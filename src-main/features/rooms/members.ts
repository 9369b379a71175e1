import type { Clock, Log } from '../../base/index.ts'
import { toParleyError } from '../../contract/index.ts'
import type { OutboxRow, Store } from '../../store/index.ts'
import { FORGET_MS, MAX_MEMBERS } from './constants.ts'
import type { Ticket } from './tickets.ts'

const MAX_GONE = 256

/** A device in the room, as far as it is known. */
export interface Member extends Ticket {
  /** Both have told their ticket over an open connection. */
  connected: boolean
  /** Ours was told. */
  greeted: boolean
  /** Members that are connected to it, as they said. */
  via: Set<string>
  /** Attempts to connect since its ticket was new. */
  tries: number
  /** The present attempt is one of `Approach.heal`. */
  healing: boolean
  cancelRetry(): void
}

/** Who is in one room. What is known of a member is on disk, so that it is known after a restart. */
export class Members {
  readonly #room: string
  readonly #parts: { store: Store; clock: Clock; log: Log }
  readonly #members = new Map<string, Member>()
  /** When the last ticket of those who left was made, as many as are of use. */
  readonly #gone = new Map<string, number>()
  #returning = false

  constructor(room: string, parts: { store: Store; clock: Clock; log: Log }) {
    this.#room = room
    this.#parts = parts
  }

  /** Those of the last time; one that was not seen for long, or whose ticket does not hold any more, is gone. */
  load(read: (ticket: Uint8Array) => Ticket): void {
    const { store, clock, log } = this.#parts
    for (const row of store.rooms.members(this.#room)) {
      this.#returning = true
      if (row.gone) continue
      try {
        const ticket = read(row.ticket)
        if (clock.now() - row.seenAt > FORGET_MS) this.#bury(ticket)
        else this.#members.set(row.device, blank(ticket))
      } catch (thrown) {
        log.info({ code: toParleyError(thrown).code }, 'a member of a room is forgotten')
        store.rooms.saveMember({ ...row, gone: true })
      }
    }
  }

  /** Others may know this device from an earlier run. */
  get returning(): boolean {
    return this.#returning
  }

  all(): Member[] {
    return [...this.#members.values()]
  }

  connected(): Member[] {
    return this.all().filter((member) => member.connected)
  }

  get(device: string): Member | undefined {
    return this.#members.get(device)
  }

  /** Takes a checked ticket in where it is news; undefined where it is not, or the room is full. */
  take(ticket: Ticket): Member | undefined {
    const known = this.#members.get(ticket.device)
    if (known && known.issuedAt >= ticket.issuedAt) return undefined
    if (!known && this.#members.size >= MAX_MEMBERS - 1 && !this.#makeRoom()) return undefined
    // Who has left comes back only by a ticket made since.
    if ((this.#gone.get(ticket.device) ?? -1) >= ticket.issuedAt) return undefined
    const member = known ? Object.assign(known, ticket) : blank(ticket)
    this.#members.set(ticket.device, member)
    this.#save(member)
    return member
  }

  seen(member: Member): void {
    this.#save(member)
  }

  /** It has left, or is not wanted: nothing waits for it any more. */
  remove(member: Member): void {
    member.cancelRetry()
    this.#members.delete(member.device)
    this.#bury(member)
  }

  stop(): void {
    for (const member of this.#members.values()) member.cancelRetry()
  }

  /** At the bound somebody who is not there gives way: a crowd of tickets cannot keep real people out. */
  #makeRoom(): boolean {
    const away = this.all().find((member) => !member.connected)
    if (away) this.remove(away)
    return away !== undefined
  }

  #bury(ticket: Ticket): void {
    this.#save(ticket, true)
    const [oldest] = this.#gone.keys()
    if (this.#gone.size >= MAX_GONE && oldest !== undefined) this.#gone.delete(oldest)
    this.#gone.set(ticket.device, ticket.issuedAt)
    const { store } = this.#parts
    store.transaction(() => {
      for (const row of store.outbox.forAddress(this.#room)) if (row.device === ticket.device) this.#release(row)
    })
  }

  /** What only who is gone was missing has arrived; what nobody has waits for whoever comes next. */
  #release(row: OutboxRow): void {
    const { outbox, messages } = this.#parts.store
    outbox.remove(row.id)
    if (row.messageId === undefined || outbox.byMessage(row.messageId).length > 0) return
    if (this.#members.size > 0) messages.setState(row.messageId, 'delivered')
    else
      outbox.add({ ...row, device: '', envelope: new Uint8Array(), groupId: undefined, state: 'sending', attempts: 0 })
  }

  #save({ device, address, name, bytes }: Ticket, gone = false): void {
    const { store, clock } = this.#parts
    store.rooms.saveMember({ room: this.#room, device, address, name, ticket: bytes, gone, seenAt: clock.now() })
  }
}

function blank(ticket: Ticket): Member {
  return {
    ...ticket,
    connected: false,
    greeted: false,
    via: new Set(),
    tries: 0,
    healing: false,
    cancelRetry: () => {},
  }
}
