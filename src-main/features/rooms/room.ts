import { fromHex, Secret, toHex } from '../../base/index.ts'
import { type Fee, ParleyError, type Room as RoomView, toParleyError } from '../../contract/index.ts'
import type { RoomRow } from '../../store/index.ts'
import {
  decodeStrict,
  type DeviceCertificate,
  encode,
  MAX_MEMO_BYTES,
  RoomRecord,
  type RoomMessageValue,
} from '../../wire/index.ts'
import { Announcer } from './announcer.ts'
import { Approach } from './approach.ts'
import { BUSY_MS, HEAL_MS, MAX_EXPECTED } from './constants.ts'
import { RoomKeys } from './keys.ts'
import { isNewLetter } from './letters.ts'
import { type Member, Members } from './members.ts'
import { Mesh } from './mesh.ts'
import { Rendezvous } from './rendezvous.ts'
import { deviceOf, noDirect, viewOf } from './room-view.ts'
import { makeTicket, newTag, readTicket, type Ticket } from './tickets.ts'
import type { RoomContext } from './types.ts'

/** One room while Parley runs: reads its rendezvous, connects to whoever is there, and introduces members to each other. */
export class Room {
  readonly id: string
  readonly members: Members
  readonly #context: RoomContext
  readonly #keys: RoomKeys
  readonly #tag: string
  readonly #rendezvous: Rendezvous
  readonly #announcer: Announcer
  readonly #approach: Approach
  readonly #mesh: Mesh
  /** Devices that wrote to us over the rendezvous: they know the secret, though their ticket was not seen. */
  readonly #expected = new Set<string>()
  #row: RoomRow
  #busyUntil = -Infinity
  #cancelHeal = () => {}
  #running = false

  constructor(row: RoomRow, context: RoomContext) {
    const { board, budget, clock, random, log, sealer } = context
    this.id = row.id
    this.#row = row
    this.#context = context
    this.#tag = newTag(random)
    this.#keys = new RoomKeys(new Secret(row.root), sealer.chain)
    this.members = new Members(row.id, context)
    this.#rendezvous = new Rendezvous({
      ...{ keys: this.#keys, board, clock },
      expecting: () => clock.steady() < this.#busyUntil,
      hear: (record) => this.#hear(record),
    })
    this.#announcer = new Announcer({
      ...{ room: row.id, budget, clock, random, log },
      post: (record) => this.#post(record),
      ticket: async () => encode(RoomRecord, { Ticket: await this.#ticket() }, MAX_MEMO_BYTES),
      alone: () => this.members.connected().length === 0,
      spent: (fee) => this.#spent(fee),
      announced: () => this.#approach.announced(),
      changed: () => this.#changed(),
    })
    this.#mesh = new Mesh(
      {
        ...{ room: row.id, members: this.members, approach: () => this.#approach },
        ticket: () => this.#ticket(),
        read: (ticket) => this.#read(ticket),
        welcome: (ticket) => this.#welcome(ticket),
        changed: () => this.#changed(),
      },
      context,
    )
    this.#approach = new Approach(this.#tag, this.members, this.#announcer, context, ({ device }) =>
      this.#mesh.greet(device),
    )
  }

  get row(): RoomRow {
    return this.#row
  }

  start(): void {
    this.#running = true
    this.members.load((ticket) => this.#read(ticket))
    this.#busy()
    this.#rendezvous.start()
    this.#announcer.start()
    this.#healLater()
    // A contact of this room may be connected already.
    for (const member of this.members.all())
      if (this.#context.peers.isOpen(member.device)) this.#mesh.greet(member.device)
  }

  stop(): void {
    this.#running = false
    this.#rendezvous.stop()
    this.#announcer.stop()
    this.#cancelHeal()
    this.members.stop()
  }

  rename(title: string): void {
    this.#row = { ...this.#row, title }
    this.#context.store.rooms.save(this.#row)
    this.#changed()
  }

  /** Tells everybody connected that this device is not coming back. */
  async leave(): Promise<void> {
    await Promise.allSettled(
      this.members.connected().map(({ certificate }) => this.#mesh.tell(certificate, { Leave: true })),
    )
  }

  /** The user has agreed, or money has come. */
  recheck(): void {
    this.#announcer.recheck()
  }

  /** Whether signals from this device are wanted. */
  knows(device: string): boolean {
    return this.members.get(device) !== undefined || this.#expected.has(device)
  }

  view(): RoomView {
    return viewOf(this.#row, this.members.all(), this.#announcer.reason, (device) => this.#context.peers.rttMs(device))
  }

  /** How a signal to this device goes: through another member, or through the ledger. */
  wayTo(device: string): { through: Member } | 'ledger' | undefined {
    const member = this.members.get(device)
    const through = member && this.#approach.through(member)
    if (through) return { through }
    return member || this.#expected.has(device) ? 'ledger' : undefined
  }

  /** Sends a sealed envelope to a device by that way. Throws `offline` and what writing a record throws. */
  async send(device: string, envelope: Uint8Array): Promise<void> {
    const way = this.wayTo(device)
    if (way === undefined) throw new ParleyError('offline', 'This device is not in the room.')
    this.#busy()
    const letter = { recipient: fromHex(device), envelope }
    if (way === 'ledger') return this.#announcer.letter(encode(RoomRecord, { Letter: letter }, MAX_MEMO_BYTES))
    await this.#mesh.tell(way.through.certificate, { Forward: letter })
  }

  /** A direct connection to a device has opened. */
  opened(device: string): void {
    if (this.knows(device)) this.#mesh.greet(device)
  }

  closed(device: string): void {
    const member = this.members.get(device)
    if (!member) return
    const was = member.connected
    member.connected = false
    member.greeted = false
    if (!was) return
    this.members.seen(member)
    this.#busy()
    if (this.members.connected().length === 0) this.#announcer.lonely()
    this.#approach.lost(member)
    this.#changed()
  }

  /** A checked message of a device, over the direct connection. */
  receive(sender: DeviceCertificate, message: RoomMessageValue): void {
    this.#mesh.receive(sender, message)
  }

  /** Nothing more of this person is wanted. */
  drop(address: string): void {
    for (const member of this.members.all()) if (member.address === address) this.members.remove(member)
    this.#changed()
  }

  #hear(record: Uint8Array): void {
    const { self, receive, log } = this.#context
    try {
      const { Ticket: ticket, Letter } = decodeStrict(RoomRecord, record, 'The record', MAX_MEMO_BYTES)
      if (ticket) return this.#onTicket(this.#read(ticket))
      if (!Letter || toHex(Letter.recipient) !== self.device) return
      const from = deviceOf(Letter.envelope)
      if (from === undefined || from === self.device || !isNewLetter(this.#context, Letter.envelope)) return
      this.#busy()
      this.#expect(from)
      receive(Letter.envelope, from)
    } catch (thrown) {
      log.debug({ code: toParleyError(thrown).code }, 'a record of a room was refused')
    }
  }

  #onTicket(ticket: Ticket): void {
    if (ticket.device === this.#context.self.device) return
    const before = this.members.get(ticket.device)
    const tag = before?.tag
    const member = this.#welcome(ticket)
    if (!member) return before && this.#approach.seenAgain(before, ticket.tag)
    this.#busy()
    // It has started again, with a connection or without one: what we have of it is of the time before.
    if (before && tag !== ticket.tag) {
      this.#context.peers.renew(ticket.device)
      member.connected = false
      member.greeted = false
    }
    member.via.clear()
    member.tries = 0
    this.#changed()
    // Behind what a loss has ended in its own microtask (Approach.lost), in this room or another.
    queueMicrotask(() => this.#running && !member.connected && this.#approach.begin(member))
  }

  #welcome(ticket: Ticket): Member | undefined {
    this.#context.learn(ticket.certificate)
    this.#expected.delete(ticket.device)
    const member = this.members.take(ticket)
    if (member) this.#changed()
    return member
  }

  #expect(device: string): void {
    // It came by the ledger, so there is no other way to it.
    this.members.get(device)?.via.clear()
    const [oldest] = this.#expected
    if (this.#expected.size >= MAX_EXPECTED && oldest !== undefined) this.#expected.delete(oldest)
    this.#expected.add(device)
  }

  /** Throws for a ticket that does not hold, and `unauthorized` for one of a blocked person. */
  #read(bytes: Uint8Array): Ticket {
    const { sealer, clock, store } = this.#context
    const ticket = readTicket(bytes, this.#keys, this.id, sealer.chain, clock.now())
    const blocked = store.contacts.get(ticket.address)?.state === 'blocked'
    if (blocked || store.revocations.has(ticket.address, ticket.device))
      throw new ParleyError('unauthorized', 'This person or device is not wanted here.')
    return ticket
  }

  async #ticket(): Promise<Uint8Array<ArrayBuffer>> {
    const { sessions, sealer, self, clock } = this.#context
    const { lastResort } = await sessions.ensureKeyPackages(0)
    const fields = { room: this.id, name: self.name, tag: this.#tag, keyPackage: lastResort, now: clock.now() }
    return makeTicket(this.#keys, sealer, fields)
  }

  async #post(record: Uint8Array): Promise<Fee> {
    const { board, random, direct } = this.#context
    if (!direct()) throw noDirect()
    const { window } = this.#rendezvous
    const { fee } = await board.post(this.#keys.rendezvous(window), this.#keys.seal(window, record, random), 'room')
    this.#busy()
    return fee
  }

  #spent(fee: Fee): void {
    const { burned, deposit, relay } = this.#row.spent
    const spent = { burned: burned + fee.burned, deposit: deposit + fee.deposit, relay: relay + fee.relay }
    this.#row = { ...this.#row, spent }
    // Of a room that was left while the record was written nothing is kept.
    if (this.#context.store.rooms.get(this.id)) this.#context.store.rooms.save(this.#row)
    this.#changed()
  }

  #healLater(): void {
    this.#cancelHeal = this.#context.clock.after(HEAL_MS, () => {
      this.#approach.heal()
      this.#healLater()
    })
  }

  #busy(): void {
    const now = this.#context.clock.steady()
    const until = now + BUSY_MS
    const idle = this.#busyUntil < now
    this.#busyUntil = until
    if (idle) this.#rendezvous.look()
  }

  #changed(): void {
    if (this.#running) this.#context.changed(this.id)
  }
}
