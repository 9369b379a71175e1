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

  /** It may have closed its Parley, or only the connection broke: whoever is lower tries once to come back. */
  lost(member: Member): void {
    member.tries = this.through(member) ? 0 : LEDGER_TRIES - 1
    if (this.#isFirst(member) || this.through(member)) this.#later(member, LOST_MS)
  }

  /** Keeps one member from using the others' connections without bound. */
  mayForward(by: Member): boolean {
    const now = this.#context.clock.now()
    const budget = this.#forwards.get(by.device) ?? { left: FORWARDS_BURST, at: now }
    budget.left = Math.min(FORWARDS_BURST, budget.left + (Math.max(0, now - budget.at) / 1000) * FORWARDS_PER_SECOND)
    budget.at = now
    if (this.#forwards.size > MAX_MEMBERS) this.#forwards.clear()
    this.#forwards.set(by.device, budget)
    if (budget.left < 1) return false
    budget.left--
    return true
  }

  #byMesh(member: Member): void {
    // The higher tag tries too where the lower one did not: two offers at once are settled by the link.
    if (this.#isFirst(member) || member.tries > 0) this.#context.peers.connect(member.device)
    if (++member.tries > MESH_TRIES) this.#exhausted(member)
    this.#later(member, MESH_RETRY_MS)
  }

  /** The others do not see it either: it has most likely gone, so the ledger is used for one attempt only. */
  #exhausted(member: Member): void {
    member.via.clear()
    member.tries = LEDGER_TRIES - 1
  }

  #byLedger(member: Member): void {
    if (member.tries >= LEDGER_TRIES) return
    const wait = LEDGER_RETRY_MS * 2 ** member.tries
    // Whoever does not speak for the others waits a minute to be introduced, and tries itself then.
    const notIntroduced = member.tries++ === 1
    if (notIntroduced || this.#speaks()) {
      if (this.#isFirst(member)) this.#offer(member)
      else this.#announcer.answer()
    }
    this.#later(member, wait)
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
