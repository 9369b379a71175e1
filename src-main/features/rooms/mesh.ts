import { fromHex, toHex } from '../../base/index.ts'
import { ParleyError, toParleyError } from '../../contract/index.ts'
import type { DeviceCertificate, RoomMessageBodyInput, RoomMessageValue } from '../../wire/index.ts'
import type { Approach } from './approach.ts'
import type { Member, Members } from './members.ts'
import { tell } from './messages.ts'
import { deviceOf } from './room-view.ts'
import type { Ticket } from './tickets.ts'
import type { RoomContext } from './types.ts'

export interface MeshParts {
  room: string
  members: Members
  approach: () => Approach
  /** A fresh ticket of this device. */
  ticket(): Promise<Uint8Array>
  /** Checks a ticket; throws where it does not hold or its person is not wanted. */
  read(ticket: Uint8Array): Ticket
  /** Takes a ticket in where it is news. */
  welcome(ticket: Ticket): Member | undefined
  changed(): void
}

/** What members tell each other over their direct connections: who they are, whom else they see, and others' envelopes. */
export class Mesh {
  readonly #parts: MeshParts
  readonly #context: RoomContext

  constructor(parts: MeshParts, context: RoomContext) {
    this.#parts = parts
    this.#context = context
  }

  tell(recipient: DeviceCertificate, body: RoomMessageBodyInput): Promise<void> {
    return tell(this.#context, this.#parts.room, recipient, body)
  }

  /** Tells our ticket over an open connection, once. */
  greet(device: string): void {
    const member = this.#parts.members.get(device)
    const certificate = member?.certificate ?? this.#context.certificateOf(device)
    if (!certificate || member?.greeted) return
    if (member) member.greeted = true
    const session = this.#context.sessionOf(certificate.addressText, device) ?? null
    void this.#parts
      .ticket()
      .then((ticket) => this.tell(certificate, { Hello: { ticket, session } }))
      .catch((thrown: unknown) => {
        if (member) member.greeted = false
        this.#failed(thrown, 'a member of a room could not be greeted')
      })
  }

  /** A checked message of a device, over the direct connection. */
  receive(sender: DeviceCertificate, { body }: RoomMessageValue): void {
    if (body.Hello) return this.#onHello(sender, body.Hello.ticket, body.Hello.session ?? undefined)
    const member = this.#parts.members.get(sender.deviceId)
    if (!member?.connected) return
    if (body.Introduce) return this.#onIntroduce(member, body.Introduce.ticket)
    if (body.Forward) return this.#onForward(toHex(body.Forward.recipient), body.Forward.envelope, member)
    if (!body.Leave) return
    this.#parts.members.remove(member)
    this.#parts.changed()
  }

  #onHello(sender: DeviceCertificate, bytes: Uint8Array, session: Uint8Array | undefined): void {
    const { members, read, welcome, room, changed } = this.#parts
    const ticket = read(bytes)
    if (ticket.device !== sender.deviceId) throw new ParleyError('unauthorized', 'The ticket is of another device.')
    const member = welcome(ticket) ?? members.get(ticket.device)
    if (!member) return
    const fresh = !member.connected
    member.connected = true
    member.tries = 0
    member.cancelRetry()
    members.seen(member)
    this.greet(member.device)
    this.#context.met(room, member, session)
    if (fresh) this.#introduce(member)
    changed()
  }

  /** Everybody here hears of who has come, and the other way round: cheaper than the ledger. */
  #introduce(newcomer: Member): void {
    for (const other of this.#parts.members.connected()) {
      if (other.device === newcomer.device) continue
      const pairs = [
        [other, newcomer],
        [newcomer, other],
      ] as const
      for (const [to, about] of pairs)
        this.tell(to.certificate, { Introduce: { ticket: about.bytes } }).catch((thrown: unknown) =>
          this.#failed(thrown, 'a member could not be introduced'),
        )
    }
  }

  #onIntroduce(by: Member, bytes: Uint8Array): void {
    const { members, read, welcome, approach } = this.#parts
    const ticket = read(bytes)
    if (ticket.device === this.#context.self.device) return
    const member = welcome(ticket) ?? members.get(ticket.device)
    if (!member || member.tag !== ticket.tag) return
    approach().introduced(member, by)
  }

  #onForward(recipient: string, envelope: Uint8Array, by: Member): void {
    const { members, approach } = this.#parts
    if (recipient === this.#context.self.device) {
      const from = deviceOf(envelope)
      if (from === undefined) return
      members.get(from)?.via.add(by.device)
      return this.#context.receive(envelope, from)
    }
    const member = members.get(recipient)
    if (!member?.connected || !approach().mayForward(by)) return
    this.tell(member.certificate, { Forward: { recipient: fromHex(recipient), envelope } }).catch((thrown: unknown) =>
      this.#failed(thrown, 'an envelope could not be handed on'),
    )
  }

  #failed(thrown: unknown, what: string): void {
    this.#context.log.debug({ code: toParleyError(thrown).code }, what)
  }
}
