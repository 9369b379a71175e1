import { type Clock, Emitter, type Log, type Random, toHex } from '../../base/index.ts'
import { type Contact, ParleyError } from '../../contract/index.ts'
import { MESSAGE_TTL_MS } from '../../post/index.ts'
import type { ContactRow, OutboxRow, Store } from '../../store/index.ts'
import { checksummed, parseAddress } from '../../wire/index.ts'
import type { ContactEvents, ContactNetwork } from './types.ts'

/** Room for a lifetime of people, and a bound on what the presence watch must carry. */
const MOST_CONTACTS = 5000

export interface ContactsParts {
  store: Store
  network: ContactNetwork
  /** This identity's own address. */
  self: string
  clock: Clock
  random: Random
  log: Log
}

/** The address book as this user sees it. What comes from outside is in requests.ts. */
export class Contacts {
  readonly #parts: ContactsParts
  readonly #events: Emitter<ContactEvents>

  constructor(parts: ContactsParts) {
    this.#parts = parts
    this.#events = new Emitter((error) => parts.log.error({ err: error }, 'a contact listener failed'))
  }

  on<K extends keyof ContactEvents>(name: K, listener: (payload: ContactEvents[K]) => void): () => void {
    return this.#events.on(name, listener)
  }

  list(): Contact[] {
    return this.#parts.store.contacts.list().map((row) => this.view(row))
  }

  view(row: ContactRow): Contact {
    const postage = row.state === 'requested' ? this.#parts.network.postageOf(row.address) : undefined
    return {
      address: row.address,
      name: row.name,
      ...(row.theirName === undefined ? {} : { theirName: row.theirName }),
      ...(row.note === undefined ? {} : { note: row.note }),
      state: row.state,
      verified: row.verified,
      online: row.state === 'accepted' && this.#parts.network.isOnline(row.address),
      addedAt: row.addedAt,
      ...(row.requestState === undefined ? {} : { requestState: row.requestState }),
      ...(postage && { postage }),
    }
  }

  preview(input: string) {
    const { address, checked } = parseAddress(input)
    const existing = this.#parts.store.contacts.get(address)
    return {
      address,
      checksummed: checksummed(address),
      isSelf: address === this.#parts.self,
      checked,
      ...(existing ? { existing: this.view(existing) } : {}),
    }
  }

  /**
   * Asks an address to be a contact; an open request from there is accepted instead. `postage`: NANOS that may be paid for it at most
   * where its home nodes ask strangers for that.
   */
  add(input: string, name: string | undefined, note: string | undefined, postage = 0n): Contact {
    const { address } = parseAddress(input)
    if (address === this.#parts.self) throw new ParleyError('bad_address', 'This is your own address.')
    const known = this.#parts.store.contacts.get(address)
    if (known?.state === 'incoming') return this.accept(address, name)
    if (known?.state === 'requested') return this.#askAgain(known, note, postage)
    if (known?.state === 'accepted') throw new ParleyError('conflict', 'This address is in your contacts already.')
    if (known?.state === 'blocked')
      throw new ParleyError('conflict', 'You have blocked this address. Unblock it first.')
    if (this.#parts.store.contacts.list().length >= MOST_CONTACTS)
      throw new ParleyError('too_large', 'Your address book is full.')
    const row: ContactRow = {
      address,
      name: name ?? shortForm(address),
      theirName: undefined,
      note,
      state: 'requested',
      verified: false,
      addedAt: this.#parts.clock.now(),
      requestState: 'sending',
      certificate: undefined,
    }
    this.#parts.network.agreePostage(address, postage)
    return this.#commit(row, 'request')
  }

  /** The other may have ignored or lost the first request; one that is still on its way is not doubled. */
  #askAgain(row: ContactRow, note: string | undefined, postage: bigint): Contact {
    const { store, network } = this.#parts
    const underWay = store.outbox.forAddress(row.address).some((waiting) => waiting.kind === 'request')
    if (!underWay || postage > 0n) network.agreePostage(row.address, postage)
    if (underWay) {
      if (postage > 0n) network.hasten(row.address)
      return this.view(row)
    }
    return this.#commit({ ...row, note: note ?? row.note, requestState: 'sending' }, 'request')
  }

  accept(input: string, name?: string): Contact {
    const row = this.require(input)
    if (row.state === 'accepted') return this.view(row)
    if (row.state !== 'incoming') throw new ParleyError('conflict', 'There is no request from this address to accept.')
    const accepted: ContactRow = {
      ...row,
      name: name ?? row.theirName ?? row.name,
      state: 'accepted',
      requestState: 'sending',
    }
    return this.#commit(accepted, 'accept')
  }

  /** Something that belongs to the contact changed elsewhere. */
  refresh(address: string): void {
    const row = this.#parts.store.contacts.get(address)
    if (row) this.#events.emit('contact', { contact: this.view(row), removed: false })
  }

  rename(input: string, name: string): Contact {
    return this.save({ ...this.require(input), name })
  }

  ignore(input: string): void {
    const row = this.require(input)
    if (row.state !== 'incoming') throw new ParleyError('conflict', 'There is no open request from this address.')
    this.#drop(row)
  }

  /** Ends the contact on this side: the chat stays on disk until it is removed too. */
  remove(input: string): void {
    const row = this.require(input)
    const { store } = this.#parts
    store.transaction(() => {
      store.messages.removeChat(row.address)
      for (const group of store.groups.list(row.address)) store.groups.remove(group.groupId)
    })
    this.#drop(row)
  }

  block(input: string): Contact {
    const { address } = parseAddress(input)
    const known = this.#parts.store.contacts.get(address)
    const row = known ?? { ...this.blank(address), name: shortForm(address) }
    this.#parts.store.outbox.removeFor(address)
    return this.save({ ...row, state: 'blocked', requestState: undefined })
  }

  /** Answers the address. */
  unblock(input: string): string {
    const row = this.require(input)
    if (row.state !== 'blocked') throw new ParleyError('conflict', 'This address is not blocked.')
    // Whoever was a contact before is one again, with everything said; a stranger goes back to being one.
    if (this.#parts.store.groups.active(row.address)) this.save({ ...row, state: 'accepted' })
    else this.#drop(row)
    return row.address
  }

  require(input: string): ContactRow {
    const { address } = parseAddress(input)
    const row = this.#parts.store.contacts.get(address)
    if (!row) throw new ParleyError('not_found', 'This address is not in your contacts.')
    return row
  }

  /** Saves a row, tells listeners, and keeps the watched set right. */
  save(row: ContactRow): Contact {
    const { store, network } = this.#parts
    store.contacts.save(row)
    if (row.state !== 'requested') network.forgetPostage(row.address)
    return this.announce(row)
  }

  /** After the commit that saved the row. */
  announce(row: ContactRow): Contact {
    this.refreshWatch()
    const contact = this.view(row)
    this.#events.emit('contact', { contact, removed: false })
    return contact
  }

  announceGroup(address: string): void {
    this.#events.emit('group', { address })
  }

  /** Who may write here and whose presence is shown: people asked and people accepted. */
  refreshWatch(): void {
    const rows = this.#parts.store.contacts.list()
    const wanted = rows.filter((row) => row.state === 'accepted' || row.state === 'requested')
    this.#parts.network.setContacts(wanted.map((row) => row.address))
  }

  outboxRow(address: string, kind: OutboxRow['kind']): OutboxRow {
    const now = this.#parts.clock.now()
    return {
      id: toHex(this.#parts.random.bytes(16)),
      kind,
      address,
      device: '',
      envelope: new Uint8Array(),
      event: undefined,
      messageId: undefined,
      groupId: undefined,
      state: 'sending',
      attempts: 0,
      nextAttemptAt: now,
      createdAt: now,
      expiresAt: now + MESSAGE_TTL_MS,
    }
  }

  #commit(row: ContactRow, kind: 'request' | 'accept'): Contact {
    const { store, network } = this.#parts
    store.transaction(() => {
      store.outbox.add(this.outboxRow(row.address, kind))
      store.contacts.save(row)
    })
    network.wake()
    return this.announce(row)
  }

  #drop(row: ContactRow): void {
    const { store } = this.#parts
    store.transaction(() => {
      store.outbox.removeFor(row.address)
      store.contacts.remove(row.address)
    })
    this.#parts.network.forgetPostage(row.address)
    this.refreshWatch()
    this.#events.emit('contact', { contact: this.view(row), removed: true })
  }

  /** A row for an address of which nothing is known. */
  blank(address: string): ContactRow {
    return {
      address,
      name: '',
      theirName: undefined,
      note: undefined,
      state: 'blocked',
      verified: false,
      addedAt: this.#parts.clock.now(),
      requestState: undefined,
      certificate: undefined,
    }
  }
}

/** `0x1234…cdef`: how an address without a name is called. */
export function shortForm(address: string): string {
  return `${address.slice(0, 6)}…${address.slice(-4)}`
}
