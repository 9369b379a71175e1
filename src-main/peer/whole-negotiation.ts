import { toHex } from '../base/index.ts'
import type { CompactDescriptionValue, IceCandidateValue } from '../wire/index.ts'
import { MAX_CANDIDATES, WHOLE_ANSWER_MS, WHOLE_CONNECT_MS, WHOLE_GATHER_MS, WHOLE_HOLD_MS } from './constants.ts'
import type { Exchange, NegotiationParts } from './negotiation.ts'
import { hostAddress, isDataChannelDescription, isLoopback, isUsableCandidate, withoutCandidates } from './sdp.ts'
import { compact, compactCandidates } from './whole.ts'

/**
 * The exchange for a session where every signal costs money and takes seconds, but is not lost: one signal of each side, with
 * description and candidates together, never sent again. The offer waits minutes for its answer. Times run from when a signal
 * was written: a ledger that is away may take it much later than it was told.
 */
export class WholeNegotiation implements Exchange {
  readonly whole = true
  readonly #parts: NegotiationParts
  readonly #loopback: boolean
  readonly #replaces: Uint8Array | undefined
  readonly session: Uint8Array
  readonly sessionId: string
  readonly remoteHosts = new Set<string>()
  readonly connection: number
  readonly role: 'offer' | 'answer'
  #description: CompactDescriptionValue | undefined
  #told = false
  #answered = false
  #stopped = false
  readonly #local: IceCandidateValue[] = []
  readonly #remote = new Set<string>()
  #held: IceCandidateValue[] = []
  #cancels = { deadline: () => {}, gather: () => {}, hold: () => {} }

  constructor(
    parts: NegotiationParts,
    connection: number,
    role: 'offer' | 'answer',
    session: Uint8Array,
    replaces?: Uint8Array,
  ) {
    this.#parts = parts
    this.#loopback = isLoopback(parts.options.bindAddress ?? '')
    this.connection = connection
    this.role = role
    this.session = session
    this.sessionId = toHex(session)
    this.#replaces = replaces
  }

  start(offer?: string): void {
    const { connection, role } = this
    const { options, reach } = this.#parts
    this.#failAfter(role === 'offer' ? WHOLE_ANSWER_MS : WHOLE_CONNECT_MS)
    this.#parts.post({ type: 'open', connection, role, ...reach, bindAddress: options.bindAddress })
    if (offer !== undefined) this.#parts.post({ type: 'description', connection, kind: 'offer', sdp: offer })
  }

  #failAfter(ms: number): void {
    this.#cancels.deadline()
    this.#cancels.deadline = this.#parts.clock.after(ms, () => this.#parts.failed('timeout'))
  }

  /** It is on its way already, and is not lost. */
  resend(): void {}

  /** Ours is on the ledger, where the other reads it. */
  passOver(): void {}

  localDescription(sdp: string): void {
    this.#description = compact(withoutCandidates(sdp))
    if (!this.#description) return this.#parts.failed('own description')
    this.#cancels.gather = this.#parts.clock.after(WHOLE_GATHER_MS, () => this.#tell())
  }

  localCandidate(candidate: string, mid: string): void {
    if (this.#local.length < MAX_CANDIDATES && isUsableCandidate(candidate, mid, this.#loopback))
      this.#local.push({ candidate, mid })
  }

  gathered(): void {
    if (this.#description) this.#tell()
  }

  #tell(): void {
    const description = this.#description
    if (this.#told || !description) return
    this.#told = true
    this.#cancels.gather()
    const candidates = compactCandidates(this.#local)
    const body =
      this.role === 'offer'
        ? { WholeOffer: { description, candidates, replaces: this.#replaces ?? null } }
        : { WholeAnswer: { description, candidates } }
    this.#failAfter(WHOLE_ANSWER_MS)
    this.#parts.signal(this.session, body, () => this.#written())
  }

  #written(): void {
    if (this.#stopped || this.#answered) return
    this.#failAfter(this.role === 'offer' ? WHOLE_ANSWER_MS : WHOLE_CONNECT_MS)
    if (this.role === 'answer') this.#cancels.hold = this.#parts.clock.after(WHOLE_HOLD_MS, () => this.#release())
  }

  /** Only the first answer counts. */
  remoteAnswer(sdp: string): void {
    if (this.role !== 'offer' || this.#answered || !isDataChannelDescription(sdp)) return
    this.#answered = true
    this.#failAfter(WHOLE_CONNECT_MS)
    this.#parts.post({ type: 'description', connection: this.connection, kind: 'answer', sdp })
    this.#release()
  }

  /**
   * The answering side begins DTLS as soon as it knows a way, and a hello that comes before the offering side has the answer is
   * lost for a second or more. So it waits: for the other's first check, or until the answer must have been read.
   */
  remoteCandidates(candidates: IceCandidateValue[]): void {
    this.#held.push(...candidates.slice(0, MAX_CANDIDATES))
    if (this.#answered) this.#release()
  }

  #release(): void {
    for (const { candidate, mid } of this.#held) {
      if (this.#remote.size >= MAX_CANDIDATES || this.#remote.has(candidate)) continue
      if (!isUsableCandidate(candidate, mid, this.#loopback)) continue
      this.#remote.add(candidate)
      const host = hostAddress(candidate)
      if (host !== undefined) this.remoteHosts.add(host)
      this.#parts.post({ type: 'candidate', connection: this.connection, candidate, mid })
    }
    this.#held = []
  }

  stop(): void {
    this.#stopped = true
    this.#cancels.deadline()
    this.#cancels.gather()
    this.#cancels.hold()
  }
}
