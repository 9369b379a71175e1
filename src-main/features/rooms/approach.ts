import type { Announcer } from './announcer.ts'
import {
  FORWARDS_BURST,
  FORWARDS_PER_SECOND,
  LEDGER_RETRY_MS,
  LEDGER_TRIES,
  LOST_MS,
  MAX_MEMBERS,
  MESH_RETRY_MS,
  MESH_TRIES,
} from './constants.ts'
import type { Member, Members } from './members.ts'
import type { RoomContext } from './types.ts'

/**
 * Who connects to whom, and by which way. Of two the lower tag begins. On the ledger only the lowest tag of those who are
 * connected to each other speaks to a newcomer, who then is introduced to the others over the mesh.
 */
export class Approach {
  readonly #tag: string
  readonly #members: Members
  readonly #announcer: Announcer
  readonly #context: RoomContext
  readonly #greet: (member: Member) => void
  readonly #forwards = new Map<string, { left: number; at: number }>()
  /** Offers that wait for the first ticket of this run. */
  readonly #postponed = new Set<Member>()

  constructor(
    tag: string,
    members: Members,
    announcer: Announcer,
    context: RoomContext,
    greet: (member: Member) => void,
  ) {
    this.#tag = tag
    this.#members = members
    this.#announcer = announcer
    this.#context = context
    this.#greet = greet
  }

  /** A connected member that says it is connected to this one. */
  through(member: Member): Member | undefined {
    return this.#members.connected().find(({ device }) => member.via.has(device))
  }

  begin(member: Member): void {
    member.cancelRetry()
    if (member.connected || this.#members.get(member.device) !== member) return
    if (this.#context.peers.isOpen(member.device)) return this.#greet(member)
    if (this.through(member)) this.#byMesh(member)
    else this.#byLedger(member)
  }

  /**
   * A ticket that is no news stands on the ledger: after a restart, of somebody who told us a newer one before it. If it is still
   * there it does not write another one so soon, so this one counts, for one attempt.
   */
  seenAgain(member: Member, tag: string): void {
    if (member.connected || member.tag !== tag || member.tries > 0) return
    member.tries = LEDGER_TRIES - 1
    this.begin(member)
  }

  /** It may have closed its Parley, or only the connection broke: whoever is lower tries once to come back. */
  lost(member: Member): void {
    member.tries = this.through(member) ? 0 : LEDGER_TRIES - 1
    if (this.#isFirst(member) || this.through(member)) this.#later(member, LOST_MS)
    // The link would try again by itself, on the ledger for money; behind its own word about the loss.
    const isContact = this.#context.store.contacts.get(member.address)?.state === 'accepted'
    if (!this.through(member) && !isContact) queueMicrotask(() => this.#context.peers.disconnect(member.device))
  }

  /** Keeps one member from using the others' connections without bound. */
  mayForward(by: Member): boolean {
    const now = this.#context.clock.steady()
    const budget = this.#forwards.get(by.device) ?? { left: FORWARDS_BURST, at: now }
    budget.left = Math.min(FORWARDS_BURST, budget.left + ((now - budget.at) / 1000) * FORWARDS_PER_SECOND)
    budget.at = now
    if (this.#forwards.size > MAX_MEMBERS) this.#forwards.clear()
    this.#forwards.set(by.device, budget)
    if (budget.left < 1) return false
    budget.left--
    return true
  }

  #byMesh(member: Member): void {
    if (member.tries >= MESH_TRIES) return this.#exhausted(member)
    // The higher tag tries too where the lower one did not: two offers at once are settled by the link.
    if (this.#isFirst(member) || member.tries > 0) this.#context.peers.connect(member.device)
    member.tries++
    this.#later(member, MESH_RETRY_MS)
  }

  /** The others do not see it either: it has most likely gone, so the ledger is used for one attempt only. */
  #exhausted(member: Member): void {
    this.#context.peers.disconnect(member.device)
    member.via.clear()
    member.tries = member.healing ? LEDGER_TRIES : LEDGER_TRIES - 1
    member.healing = false
    this.begin(member)
  }

  /** Another member says that it sees this one: a new way, so everything may be tried again. */
  introduced(member: Member, by: Member): void {
    if (!member.via.has(by.device)) member.tries = 0
    member.via.add(by.device)
    if (!member.connected) this.begin(member)
  }

  /** Members that were given up may be seen by others by now: asked from time to time over the mesh, never over the ledger. */
  heal(): void {
    const others = this.#members.connected()
    for (const member of this.#members.all()) {
      if (member.connected || member.tries < LEDGER_TRIES || others.length === 0) continue
      for (const { device } of others) member.via.add(device)
      member.healing = true
      member.tries = MESH_TRIES - 1
      this.begin(member)
    }
  }

  #byLedger(member: Member): void {
    if (member.tries >= LEDGER_TRIES) return
    const wait = LEDGER_RETRY_MS * 2 ** member.tries
    // Whoever does not speak for the others waits a minute to be introduced, and tries itself then.
    const notIntroduced = member.tries++ === 1
    if (notIntroduced || this.#speaks()) {
      if (this.#isFirst(member) && this.#mayOffer) this.#offer(member)
      else this.#ask(member)
    }
    this.#later(member, wait)
  }

  /**
   * Whoever knows us from an earlier run may be calling that one, and an offer of ours would give way to its call, which nobody
   * hears. Our ticket ends what is of that time, so it goes first.
   */
  get #mayOffer(): boolean {
    return !this.#members.returning || this.#announcer.announced
  }

  /** Our ticket is what is missing: for the other's offer, or before ours. */
  #ask(member: Member): void {
    if (this.#isFirst(member)) this.#postponed.add(member)
    this.#announcer.answer()
  }

  /** The first ticket of this run is on the ledger. */
  announced(): void {
    const postponed = [...this.#postponed]
    this.#postponed.clear()
    for (const member of postponed) {
      const isWaiting = !member.connected && this.#members.get(member.device) === member && !this.through(member)
      if (isWaiting && this.#isFirst(member) && !this.#context.peers.isOpen(member.device)) this.#offer(member)
    }
  }

  /** An offer that was not answered is given up for a new one. */
  #offer({ device }: Member): void {
    this.#context.peers.disconnect(device)
    this.#context.peers.connect(device)
  }

  #isFirst(member: Member): boolean {
    return this.#tag < member.tag
  }

  #speaks(): boolean {
    return this.#members.connected().every(({ tag }) => this.#tag < tag)
  }

  #later(member: Member, ms: number): void {
    member.cancelRetry()
    member.cancelRetry = this.#context.clock.after(ms, () => this.begin(member))
  }
}
