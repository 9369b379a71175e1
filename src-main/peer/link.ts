import { toHex } from '../base/index.ts'
import type { SignalV1 } from '../wire/index.ts'
import { Budget } from './budget.ts'
import { EarlyCandidates } from './early.ts'
import { CONNECT_TIMEOUT_MS, PROBE_MS, SIGNALS_BURST, SIGNALS_PER_SECOND, STABLE_MS } from './constants.ts'
import type { ConnectionReport } from './ipc.ts'
import { LanUpgrade } from './lan-upgrade.ts'
import type { LinkParts } from './link-parts.ts'
import { type Beginning, type Exchange, Negotiation } from './negotiation.ts'
import { Path } from './path.ts'
import { Retry } from './retry.ts'
import { isDataChannelDescription } from './sdp.ts'
import { SeenSessions } from './seen.ts'
import { reachOf } from './servers.ts'
import type { ConnectOptions, PathKind } from './types.ts'
import { wayOf } from './way.ts'
import { readWhole } from './whole.ts'
import { WholeNegotiation } from './whole-negotiation.ts'

/** The direct connection to one device through its life: negotiation, path, loss, back-off, next attempt. */
export class Link {
  readonly device: string
  readonly #parts: LinkParts<Link>
  readonly #seen = new SeenSessions()
  readonly #early = new EarlyCandidates()
  readonly #budget: Budget
  #negotiation: Exchange | undefined
  #path: Path | undefined
  #open = false
  #openedAt = 0
  #kind: PathKind | undefined
  #pair: Extract<ConnectionReport, { type: 'pair' }> | undefined
  readonly #lan: LanUpgrade
  /** Asked for by the caller and not taken back. */
  #wanted = false
  /** What cannot come again, and waits for the peer process. */
  #held: (() => void) | undefined
  readonly #retry: Retry
  #probing = false

  constructor(device: string, parts: LinkParts<Link>) {
    this.device = device
    this.#parts = parts
    this.#retry = new Retry(parts.clock, parts.random, () => this.connect({}, true))
    this.#lan = new LanUpgrade(parts.ours, (command) => parts.post(command))
    this.#budget = new Budget(parts.clock, SIGNALS_BURST, SIGNALS_PER_SECOND)
  }

  /** The path once both sides have proved that bytes pass. */
  get path(): Path | undefined {
    return this.#open ? this.#path : undefined
  }

  get kind(): PathKind | undefined {
    return this.#open ? this.#kind : undefined
  }

  get active(): boolean {
    return this.#negotiation !== undefined
  }

  /** It cost money to arrange. */
  get dear(): boolean {
    return this.#negotiation?.whole ?? false
  }

  /** Nothing is lost by forgetting this link. */
  get forgettable(): boolean {
    return !this.active && !this.#retry.isWaiting && this.#retry.wait <= 0
  }

  connect(options: ConnectOptions = {}, byItself = false): void {
    const whole = this.#parts.whole()
    // What costs money is not tried again unless the caller asks again, who has a pace for it.
    this.#wanted = !whole
    if (whole) this.#retry.cancel()
    if (this.active || this.#retry.isWaiting || (whole && byItself)) return
    if (!this.#parts.ready()) return void (this.#held = () => this.connect(options))
    const { wait } = this.#retry
    if (wait > 0 && !whole) this.#retry.in(wait)
    else this.#begin('offer', this.#parts.random.bytes(16), { whole, ...options })
  }

  /** Closes on purpose; the other side is told and does not come back by itself. */
  disconnect(): void {
    this.#wanted = false
    this.#held = undefined
    this.#retry.cancel()
    this.#end('Closed')
  }

  /** The other device has started again: what there is, and what failed, is of the time before. */
  renew(): void {
    this.disconnect()
    this.#retry.forget()
  }

  /** The peer process has died: told to the other side, which otherwise would notice only by its pings. */
  processDied(): void {
    const resume = (this.active && !this.dear) || this.#retry.isWaiting
    this.#end('Lost')
    this.#wanted ||= resume
  }

  /** A signal could not be sent: where there is only one, the negotiation is over. */
  unsent(session: Uint8Array): void {
    const current = this.#negotiation
    const isOver = current?.whole && !this.#open && current.sessionId === toHex(session)
    if (isOver) this.#lost('its signal could not be sent')
  }

  processReady(): void {
    this.#held?.()
    this.#held = undefined
    if (this.#wanted) this.connect({}, true)
  }

  #begin(role: 'offer' | 'answer', session: Uint8Array, by: Beginning): void {
    const options = this.#parts.options()
    const reach = reachOf(options)
    if (!reach) return
    if (!this.#parts.admit()) return by.whole ? undefined : this.#retryLater('too many connections')
    const { clock, post, signal } = this.#parts
    const parts = { clock, post, signal, options, reach, failed: (reason: string) => this.#lost(reason) }
    const connection = this.#parts.allot(this)
    const negotiation = by.whole
      ? new WholeNegotiation(parts, connection, role, session, by.replaces)
      : new Negotiation(parts, connection, role, session)
    this.#negotiation = negotiation
    this.#seen.add(negotiation.sessionId)
    negotiation.start(by.offer)
    negotiation.remoteCandidates(by.candidates ?? this.#early.take(negotiation.sessionId))
  }

  receive(signal: SignalV1): void {
    if (!this.#budget.take()) return
    const { session, body } = signal
    if (body.WholeOffer && !this.#parts.ready()) return void (this.#held = () => this.receive(signal))
    const current = this.#negotiation
    const sessionId = toHex(session)
    const mine = current?.sessionId === sessionId
    if (body.Offer) return this.#offered(session, sessionId, { whole: false, offer: body.Offer.sdp })
    if (body.WholeOffer) return this.#offered(session, sessionId, readWhole(body.WholeOffer))
    if (body.WholeAnswer && mine) {
      const { offer: answer, candidates } = readWhole(body.WholeAnswer)
      current.remoteAnswer(answer)
      return current.remoteCandidates(candidates)
    }
    if (body.Answer && mine) return current.remoteAnswer(body.Answer.sdp)
    if (body.Candidates && mine) return current.remoteCandidates(body.Candidates.candidates)
    if (body.Candidates) return this.#early.keep(sessionId, body.Candidates.candidates)
    if (body.Bye && mine) return this.#farewell(body.Bye.reason.$kind === 'Lost')
    // The offer of a session that is over already may still be under way.
    if (body.Bye) this.#seen.add(sessionId)
  }

  #offered(session: Uint8Array, sessionId: string, by: Beginning & { offer: string }): void {
    const current = this.#negotiation
    if (current?.sessionId === sessionId) {
      if (current.role === 'answer' && this.#path === undefined) current.resend()
      return
    }
    if (this.#seen.has(sessionId) || !isDataChannelDescription(by.offer) || !this.#parts.ready()) return
    if (this.#open) return this.#verify(session, sessionId, by)
    // The other side gives way when it sees our offer: it may have been lost. One that came too late there has no say.
    const passed = by.replaces !== undefined && toHex(by.replaces) === current?.sessionId
    if (current?.role === 'offer' && this.#parts.ours && !passed)
      return current.passOver(by.whole, () => this.#answer(session, by))
    this.#answer(session, by)
  }

  #answer(session: Uint8Array, by: Beginning): void {
    this.#end(undefined)
    this.#retry.cancel()
    this.#begin('answer', session, by)
  }

  /** An offer on an open path is a late one, or the other side lost the path before we noticed: a ping tells. */
  #verify(session: Uint8Array, sessionId: string, by: Beginning): void {
    const path = this.#path
    if (this.#probing || path === undefined) return
    this.#probing = true
    void path.probe(PROBE_MS).then((rttMs) => {
      this.#probing = false
      if (rttMs !== undefined) return this.#seen.add(sessionId)
      if (this.#path === path || !this.active) this.#answer(session, by)
    })
  }

  #farewell(lost: boolean): void {
    if (lost) return this.#lost('the other side lost its peer process')
    this.#wanted = false
    this.#end(undefined)
  }

  report(report: ConnectionReport): void {
    const negotiation = this.#negotiation
    if (negotiation?.connection !== report.connection) return
    if (report.type === 'message') return this.#path?.receive(report.channel, report.bytes)
    if (report.type === 'description') return negotiation.localDescription(report.sdp)
    if (report.type === 'candidate') return negotiation.localCandidate(report.candidate, report.mid)
    if (report.type === 'gathered') return negotiation.gathered()
    if (report.type === 'open') return this.#channelsOpen(report.connection)
    if (report.type === 'pair') return this.#paired(report)
    if (report.type === 'closed') return this.#lost(report.reason)
    this.#lan.report(report)
  }

  #paired(report: Extract<ConnectionReport, { type: 'pair' }>): void {
    const kind = wayOf(report, this.#negotiation?.remoteHosts ?? new Set())
    if (kind === this.#kind) return
    this.#kind = kind
    this.#pair = report
    if (this.#open) this.#parts.emit('way', { device: this.device, kind })
    this.#upgrade()
  }

  /** Within one network, and where our address is no secret, bulk data takes a connection of its own. */
  #upgrade(): void {
    const { direct, lan = true } = this.#parts.options()
    if (this.path && this.#pair && this.kind === 'lan' && direct && lan) this.#lan.begin(this.path, this.#pair)
  }

  /** The network may have changed: an open path proves itself, or is arranged anew at once. */
  check(): void {
    const { path } = this
    this.#retry.forget()
    void path?.probe(PROBE_MS).then((rttMs) => {
      if (rttMs === undefined && this.path === path) this.#lost('the network has changed', true)
    })
  }

  /** Both channels are open here; the first ping proves that they are at the other side too, and measures. */
  #channelsOpen(connection: number): void {
    if (this.#path !== undefined) return
    const path = new Path({
      clock: this.#parts.clock,
      write: (channel, bytes) => this.#parts.post({ type: 'send', connection, channel, bytes }),
      taken: (bytes, lane) => this.#parts.post({ type: 'taken', connection, lane, bytes }),
      lanOffered: (offer) => this.#lan.offered(offer),
      deliver: (bytes, accept) => this.#parts.emit('message', { device: this.device, bytes, accept }),
      wants: (label) => this.#parts.wantsData(this.device, label),
      deliverData: (data) => this.#parts.emit('data', { device: this.device, ...data }),
      allowance: this.#parts.allowance,
      dead: (reason) => this.#lost(reason),
    })
    this.#path = path
    void path.probe(CONNECT_TIMEOUT_MS).then((rttMs) => {
      if (this.#path === path && rttMs !== undefined) this.#proved(path, rttMs)
    })
  }

  #proved(path: Path, rttMs: number): void {
    this.#negotiation?.stop()
    this.#open = true
    this.#openedAt = this.#parts.clock.steady()
    path.watch()
    this.#parts.emit('path', { device: this.device, open: true, rttMs })
    this.#upgrade()
  }

  #lost(reason: string, atOnce = false): void {
    if (!this.active) return
    const retry = !this.dear && (this.#wanted || this.#open)
    const stable = this.#open && this.#parts.clock.steady() - this.#openedAt >= STABLE_MS
    if (stable) this.#retry.forget()
    this.#end('Lost')
    if (retry && atOnce) this.connect({}, true)
    else if (retry) this.#retryLater(reason)
    else this.#parts.log.debug({ reason }, 'a direct connection did not come about')
  }

  #retryLater(reason: string): void {
    const wait = this.#retry.failed()
    this.#parts.log.debug({ reason, wait }, 'a direct connection ended')
  }

  /** Frees the connection and what hangs on it; with a reason the other side is told. */
  #end(reason: 'Closed' | 'Lost' | undefined): void {
    const negotiation = this.#negotiation
    if (negotiation === undefined) return
    const wasOpen = this.#open
    negotiation.stop()
    this.#path?.close()
    this.#negotiation = undefined
    this.#path = undefined
    this.#open = false
    this.#kind = undefined
    this.#lan.reset()
    this.#parts.release(negotiation.connection)
    this.#parts.post({ type: 'close', connection: negotiation.connection })
    if (reason === 'Closed') this.#parts.signal(negotiation.session, { Bye: { reason: { Closed: true } } })
    if (reason === 'Lost') this.#parts.signal(negotiation.session, { Bye: { reason: { Lost: true } } })
    if (wasOpen) this.#parts.emit('path', { device: this.device, open: false })
  }
}
