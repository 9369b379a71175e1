import { type Clock, toHex } from '../base/index.ts'
import { type IceCandidateValue, MAX_CANDIDATES_PER_SIGNAL, type SignalBodyValue } from '../wire/index.ts'
import {
  CANDIDATE_BATCH_MS,
  CANDIDATE_HOLD_MS,
  CONNECT_TIMEOUT_MS,
  MAX_CANDIDATES,
  RESEND_MS,
  YIELD_MS,
} from './constants.ts'
import type { Command } from './ipc.ts'
import { hostAddress, isDataChannelDescription, isLoopback, isUsableCandidate, withoutCandidates } from './sdp.ts'
import type { Reach } from './servers.ts'
import type { ConnectOptions, PeerOptions } from './types.ts'

export interface NegotiationParts {
  clock: Clock
  options: PeerOptions
  reach: Reach
  /** Sends to the other device; best effort. `sent`: its carrier has it, for a record the ledger. */
  signal(session: Uint8Array, body: SignalBodyValue, sent?: () => void): void
  post(command: Command): void
  failed(reason: string): void
}

/** How a session begins. */
export interface Beginning extends ConnectOptions {
  whole: boolean
  /** What is answered. */
  offer?: string
  candidates?: IceCandidateValue[]
}

/** One session's exchange of descriptions and candidates, in either manner. */
export interface Exchange {
  /** Signals cost money: nothing is repeated, nothing begins by itself. */
  readonly whole: boolean
  readonly role: 'offer' | 'answer'
  readonly connection: number
  readonly session: Uint8Array
  readonly sessionId: string
  /** Addresses that the other side has named as its own. */
  readonly remoteHosts: ReadonlySet<string>
  /** Begins; the answering side gives the offer that it answers. */
  start(offer?: string): void
  /** Tells everything again that was told so far. */
  resend(): void
  /** An offer of the other gives way to ours; `dear`: it paid for it. `instead` answers it where ours comes to nothing. */
  passOver(dear: boolean, instead: () => void): void
  localDescription(sdp: string): void
  localCandidate(candidate: string, mid: string): void
  /** There are no more candidates of our own. */
  gathered(): void
  remoteAnswer(sdp: string): void
  remoteCandidates(candidates: IceCandidateValue[]): void
  /** Ends the timers; the connection itself belongs to the link. */
  stop(): void
}

/**
 * The exchange of descriptions and candidates for one session. Signals may be lost, doubled, late and out of order:
 * the offer is sent again until it is answered, the answer for every double of the offer.
 */
export class Negotiation implements Exchange {
  readonly whole = false
  readonly #parts: NegotiationParts
  readonly #loopback: boolean
  readonly session: Uint8Array
  readonly sessionId: string
  readonly remoteHosts = new Set<string>()
  readonly connection: number
  readonly role: 'offer' | 'answer'
  #sdp: string | undefined
  #local: IceCandidateValue[] = []
  #unsent: IceCandidateValue[] = []
  #remote = new Set<string>()
  #answered = false
  #instead: (() => void) | undefined
  /** Whether the other side may learn our candidates. */
  #open = false
  #cancels = { deadline: () => {}, resend: () => {}, batch: () => {}, hold: () => {}, yield: () => {} }

  constructor(parts: NegotiationParts, connection: number, role: 'offer' | 'answer', session: Uint8Array) {
    this.#parts = parts
    this.#loopback = isLoopback(parts.options.bindAddress ?? '')
    this.connection = connection
    this.role = role
    this.session = session
    this.sessionId = toHex(session)
  }

  start(offer?: string): void {
    const { connection, role } = this
    const { options, reach } = this.#parts
    this.#cancels.deadline = this.#parts.clock.after(CONNECT_TIMEOUT_MS, () => this.#timeout())
    this.#parts.post({ type: 'open', connection, role, ...reach, bindAddress: options.bindAddress })
    if (offer !== undefined) this.#parts.post({ type: 'description', connection, kind: 'offer', sdp: offer })
    this.#resendLater()
  }

  #timeout(): void {
    if (this.#instead) this.#instead()
    else this.#parts.failed('timeout')
  }

  #resendLater(): void {
    this.#cancels.resend = this.#parts.clock.after(RESEND_MS, () => {
      if (this.role === 'offer' && !this.#answered) this.resend()
      else this.#sendCandidates(this.#local)
      this.#resendLater()
    })
  }

  resend(): void {
    this.#sendDescription()
    if (this.#mayTellCandidates) this.#sendCandidates(this.#local)
  }

  /** Whoever pays for an offer sees no other way, so ours, which costs nothing, may not reach it: repeats would have, by then. */
  passOver(dear: boolean, instead: () => void): void {
    this.resend()
    if (!dear) return
    this.#instead = instead
    this.#cancels.yield()
    this.#cancels.yield = this.#parts.clock.after(YIELD_MS, () => this.#answered || instead())
  }

  localDescription(sdp: string): void {
    this.#sdp = withoutCandidates(sdp)
    if (!isDataChannelDescription(this.#sdp)) return this.#parts.failed('own description')
    this.#sendDescription()
  }

  #sendDescription(): void {
    if (this.#sdp === undefined) return
    const description = { sdp: this.#sdp }
    this.#parts.signal(this.session, this.role === 'offer' ? { Offer: description } : { Answer: description })
  }

  localCandidate(candidate: string, mid: string): void {
    if (this.#local.length >= MAX_CANDIDATES || !isUsableCandidate(candidate, mid, this.#loopback)) return
    this.#local.push({ candidate, mid })
    this.#unsent.push({ candidate, mid })
    if (this.#mayTellCandidates && this.#unsent.length === 1) this.#batchCandidates()
  }

  /** Without a single candidate there will be no path: a TURN server that refuses our credentials says nothing. */
  gathered(): void {
    if (this.#local.length === 0) this.#parts.failed('no candidate of our own')
  }

  /**
   * The answering side begins DTLS as soon as it knows a way, and a hello that comes before the offering side has the
   * answer and its candidates is lost for a whole second. So the offering side tells its own only then.
   */
  get #mayTellCandidates(): boolean {
    return this.role === 'answer' || this.#open
  }

  #tellCandidates(): void {
    if (this.#open) return
    this.#open = true
    this.#cancels.hold()
    if (this.#unsent.length > 0) this.#batchCandidates()
  }

  #batchCandidates(): void {
    this.#cancels.batch = this.#parts.clock.after(CANDIDATE_BATCH_MS, () => {
      this.#sendCandidates(this.#unsent)
      this.#unsent = []
    })
  }

  #sendCandidates(all: IceCandidateValue[]): void {
    for (let at = 0; at < all.length; at += MAX_CANDIDATES_PER_SIGNAL)
      this.#parts.signal(this.session, { Candidates: { candidates: all.slice(at, at + MAX_CANDIDATES_PER_SIGNAL) } })
  }

  /** Only the first answer counts. */
  remoteAnswer(sdp: string): void {
    if (this.role !== 'offer' || this.#answered || !isDataChannelDescription(sdp)) return
    this.#answered = true
    this.#parts.post({ type: 'description', connection: this.connection, kind: 'answer', sdp })
    if (this.#remote.size > 0) this.#tellCandidates()
    else this.#cancels.hold = this.#parts.clock.after(CANDIDATE_HOLD_MS, () => this.#tellCandidates())
  }

  remoteCandidates(candidates: IceCandidateValue[]): void {
    for (const { candidate, mid } of candidates) {
      if (this.#remote.size >= MAX_CANDIDATES || this.#remote.has(candidate)) continue
      if (!isUsableCandidate(candidate, mid, this.#loopback)) continue
      this.#remote.add(candidate)
      const host = hostAddress(candidate)
      if (host !== undefined) this.remoteHosts.add(host)
      this.#parts.post({ type: 'candidate', connection: this.connection, candidate, mid })
    }
    if (this.#answered && this.#remote.size > 0) this.#tellCandidates()
  }

  stop(): void {
    this.#cancels.deadline()
    this.#cancels.resend()
    this.#cancels.batch()
    this.#cancels.hold()
    this.#cancels.yield()
  }
}
