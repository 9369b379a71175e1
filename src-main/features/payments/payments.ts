import { fromHex, toHex } from '../../base/index.ts'
import { isLedgerAway, oneLine, ParleyError, toParleyError, type Transaction } from '../../contract/index.ts'
import type { EventArrival } from '../../post/index.ts'
import type { MessageRow, PaymentAnswerRow, PaymentRequestRow, TransferRow } from '../../store/index.ts'
import { digestBytes, digestText, type PaymentOutcomeInput } from '../../wire/index.ts'
import { bindingMemo, findPaid, isPaid } from './proof.ts'
import { isLost, mustBeOpen, newRequest, paidBy, paidMeanwhile } from './rules.ts'
import { stateOf } from './state.ts'
import type { PaidRequest, PaymentsParts, RequestPayment } from './types.ts'

/** All the tokens there are; a request for more is nonsense. */
const MOST_NANOS = 10n ** 19n
const MAX_NOTE = 200
/** Answers of one chat that are kept: an honest one has one or two for each request. */
const MOST_ANSWERS = 1000
/** Claims that one look asks the ledger for. */
const CLAIMS_AT_ONCE = 8
/** A claim that the ledger does not know after this time is none. */
const CLAIM_MS = 3 * 24 * 3600_000

/** Requests for money in 1:1 chats, on both sides. */
export class Payments {
  readonly #parts: PaymentsParts
  #looking: Promise<void> | undefined

  constructor(parts: PaymentsParts) {
    this.#parts = parts
    parts.wallet.onSettled((row) => void this.#onSettled(row).catch((thrown: unknown) => this.#later(thrown)))
    parts.wallet.on('transaction', (transaction) => this.#onIncome(transaction))
  }

  /** Asks the other of a chat. Resolves once the request is on disk with everything needed to deliver it. */
  async request(chat: string, nanos: bigint, note = ''): Promise<{ requestId: string }> {
    const { store, chats, self, clock, random } = this.#parts
    const address = chats.mayWrite(chat)
    if (nanos < 1n) throw new ParleyError('invalid_params', 'Ask for at least 1 NANO.', { reason: 'dust' })
    if (nanos > MOST_NANOS) throw new ParleyError('invalid_params', 'This is more than there is.')
    const [id, requestId] = [random.bytes(16), toHex(random.bytes(16))]
    const stamp = chats.nextClock(address)
    const now = clock.now()
    const row: MessageRow = {
      ...{ id: toHex(id), chat: address, author: self, outgoing: true, text: '', requestId },
      ...{ clockTime: stamp.time, clockCount: stamp.count, sentAt: now, receivedAt: now },
      ...{ state: 'sending', failure: undefined },
    }
    const request = newRequest(row, requestId, nanos, note, true)
    const body = { PaymentRequest: { requestId: fromHex(requestId), nanos, note } }
    await chats.post(address, { id, clock: stamp, body }, row.id, () => {
      store.messages.insert(row)
      store.paymentRequests.add(request)
    })
    chats.announce(row)
    return { requestId }
  }

  /**
   * Pays what the other asked for: once, however often and on however many devices this is said. The ledger is asked whether
   * an account of this user has paid already, again when the coins are chosen: what another device does after that with the
   * coins that all of them must take makes this payment's stale.
   */
  async pay(requestId: string, account: number): Promise<PaidRequest> {
    const { wallet, store } = this.#parts
    const request = this.#asked(requestId)
    const made = store.transfers.forRequest(requestId)
    if (made) return paidBy(made)
    mustBeOpen(request)
    wallet.accounts.get(account)
    const elsewhere = await this.#paidElsewhere(request)
    if (elsewhere) return elsewhere
    try {
      const paid = await wallet.pay(this.#order(request, account))
      this.#parts.chats.announceChange(request.messageId)
      return paid
    } catch (thrown) {
      const other = store.transfers.forRequest(requestId)
      if (other) return paidBy(other)
      const landed = isLost(thrown) ? await this.#paidElsewhere(this.#asked(requestId)) : undefined
      if (landed) return landed
      throw thrown
    }
  }

  #order(request: PaymentRequestRow, account: number): RequestPayment {
    const { store, wallet, ledger } = this.#parts
    const { requestId, chat: to, nanos } = request
    return {
      ...{ account, to, nanos, memo: bindingMemo(requestId), requestId, kind: 'payment' },
      note: request.note === '' ? undefined : request.note,
      beforeSigning: async () => {
        const own = wallet.accounts.rows().map(({ address }) => address)
        if (await findPaid(ledger, own, requestId)) throw paidMeanwhile()
      },
      onRecord: (digest) => {
        if (store.transfers.forRequest(requestId))
          throw new ParleyError('conflict', 'This is being paid already.', { reason: 'request_paying' })
        mustBeOpen(this.#asked(requestId))
        store.paymentRequests.setState(requestId, 'paying', digest)
      },
    }
  }

  /** Says no to a request of the other. */
  decline(requestId: string): Promise<void> {
    const request = this.#asked(requestId)
    return this.#answer(request, 'declined')
  }

  /** Takes a request of one's own back. */
  cancel(requestId: string): Promise<void> {
    const request = this.#get(requestId)
    if (!request.mine) throw new ParleyError('conflict', 'Only who asked can take a request back.')
    return this.#answer(request, 'cancelled')
  }

  /** Inside the transaction that holds the MLS state. Answers the message where it is a new request. */
  take(arrival: EventArrival): MessageRow | undefined {
    const { PaymentRequest, PaymentAnswer } = arrival.event.body
    if (PaymentAnswer) this.#takeAnswer(arrival, toHex(PaymentAnswer.requestId), PaymentAnswer.outcome)
    return PaymentRequest ? this.#takeRequest(arrival, PaymentRequest) : undefined
  }

  /** After the commit of `take`: tells of what changed, and asks the ledger where something is claimed. */
  taken(arrival: EventArrival): void {
    const { PaymentAnswer } = arrival.event.body
    const request = PaymentAnswer && this.#parts.store.paymentRequests.get(toHex(PaymentAnswer.requestId))
    if (!request) return
    this.#parts.chats.announceChange(request.messageId)
    if (PaymentAnswer.outcome.Paid) void this.look().catch((thrown: unknown) => this.#later(thrown))
  }

  /** Asks the ledger about claims, and finishes payments that an earlier process left; after each look of the watcher. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined))
    return this.#looking
  }

  async #look(): Promise<void> {
    const { store } = this.#parts
    for (const claim of store.paymentRequests.claims(CLAIMS_AT_ONCE)) await this.#verify(claim)
    for (const request of store.paymentRequests.paying()) {
      const transfer = store.transfers.forRequest(request.requestId)
      if (transfer?.state !== 'pending') await this.#finish(request, transfer)
    }
  }

  async #verify(claim: PaymentAnswerRow): Promise<void> {
    const { store, ledger, self, clock, chats, log } = this.#parts
    const request = store.paymentRequests.get(claim.requestId)
    if (!request || claim.digest === undefined) return
    const paid = request.state !== 'paid' && (await isPaid(ledger, request, claim.digest, self))
    if (paid === undefined && clock.now() - claim.at < CLAIM_MS) return
    store.transaction(() => {
      if (paid && !store.paymentRequests.byDigest(claim.digest ?? ''))
        store.paymentRequests.setState(request.requestId, 'paid', claim.digest)
      store.paymentRequests.removeClaim(claim)
    })
    if (paid) chats.announceChange(request.messageId)
    else if (request.state !== 'paid') log.debug({}, 'a claim to have paid a request does not hold on the ledger')
  }

  /** The other's answer may be late or lost: a payment of just that much is looked at as if it had come. */
  #onIncome({ digest, direction, nanos, account, state }: Transaction): void {
    if (direction !== 'in' || account !== 0 || state !== 'done') return
    const { store, clock } = this.#parts
    const requests = store.paymentRequests.asking(nanos, CLAIMS_AT_ONCE)
    for (const { requestId, chat } of requests)
      store.paymentRequests.addAnswer({ requestId, chat, author: chat, answer: 'paid', digest, at: clock.now() })
    if (requests.length > 0) void this.look().catch((thrown: unknown) => this.#later(thrown))
  }

  async #onSettled(transfer: TransferRow): Promise<void> {
    const request = transfer.requestId && this.#parts.store.paymentRequests.get(transfer.requestId)
    if (request && request.state === 'paying') await this.#finish(request, transfer)
  }

  /** A payment is final: the other is told; or it failed: the request is what it was. */
  async #finish(request: PaymentRequestRow, transfer: TransferRow | undefined): Promise<void> {
    if (transfer?.state === 'done') return this.#tellPaid(request, transfer.digest)
    this.#derive(request.requestId)
    this.#parts.chats.announceChange(request.messageId)
  }

  async #tellPaid(request: PaymentRequestRow, digest: string): Promise<void> {
    const { store, chats } = this.#parts
    const outcome = { Paid: { digest: digestBytes(digest) } }
    await this.#post(request, outcome, () => store.paymentRequests.setState(request.requestId, 'paid', digest))
    chats.announceChange(request.messageId)
  }

  /** Where another device of this user, or this one before a restore, has paid: taken over instead of paid again. */
  async #paidElsewhere(request: PaymentRequestRow): Promise<PaidRequest | undefined> {
    const { wallet, ledger } = this.#parts
    const own = wallet.accounts.rows().map(({ address }) => address)
    const found = await findPaid(ledger, own, request.requestId)
    if (found) await this.#tellPaid(request, found.digest)
    return found && { ...found, state: 'done' }
  }

  async #answer(request: PaymentRequestRow, answer: 'declined' | 'cancelled'): Promise<void> {
    if (request.state === answer) return
    mustBeOpen(request)
    const { store, self, clock, chats } = this.#parts
    const outcome = answer === 'declined' ? { Declined: true as const } : { Cancelled: true as const }
    const { requestId, chat } = request
    await this.#post(request, outcome, () => {
      mustBeOpen(this.#get(requestId))
      store.paymentRequests.addAnswer({ requestId, chat, author: self, answer, digest: undefined, at: clock.now() })
      this.#derive(requestId)
    })
    chats.announceChange(request.messageId)
  }

  /** Someone who is no contact any more is not told; what was done here stays done. */
  async #post(request: PaymentRequestRow, outcome: PaymentOutcomeInput, also: () => void): Promise<void> {
    const { store, chats, random } = this.#parts
    if (store.contacts.get(request.chat)?.state !== 'accepted') return store.transaction(also)
    const stamp = chats.nextClock(request.chat)
    const body = { PaymentAnswer: { requestId: fromHex(request.requestId), outcome } }
    await chats.post(request.chat, { id: random.bytes(16), clock: stamp, body }, undefined, also)
  }

  #takeRequest(arrival: EventArrival, asked: NonNullable<Body['PaymentRequest']>): MessageRow | undefined {
    const { store, self, clock } = this.#parts
    const nanos = BigInt(asked.nanos)
    if (nanos < 1n || nanos > MOST_NANOS) return undefined
    const stamp = this.#parts.chats.boundedClock(arrival.event.clock)
    const requestId = toHex(asked.requestId)
    if (store.paymentRequests.get(requestId)) return undefined
    const outgoing = arrival.author === self
    const row: MessageRow = {
      ...{ id: toHex(arrival.event.id), chat: arrival.chat, author: arrival.author, outgoing, text: '', requestId },
      ...{ clockTime: stamp.time, clockCount: stamp.count, sentAt: stamp.time, receivedAt: clock.now() },
      ...{ state: 'delivered', failure: undefined },
    }
    if (!store.messages.insert(row)) return undefined
    store.paymentRequests.add(newRequest(row, requestId, nanos, oneLine(asked.note, MAX_NOTE), outgoing))
    this.#derive(requestId)
    return row
  }

  #takeAnswer({ chat, author }: EventArrival, requestId: string, outcome: Outcome): void {
    const { store, clock } = this.#parts
    const request = store.paymentRequests.get(requestId)
    if ((request && request.chat !== chat) || store.paymentRequests.countAnswers(chat) >= MOST_ANSWERS) return
    const answer = outcome.Paid ? 'paid' : outcome.Declined ? 'declined' : 'cancelled'
    const digest = outcome.Paid ? digestText(outcome.Paid.digest) : undefined
    store.paymentRequests.addAnswer({ requestId, chat, author, answer, digest, at: clock.now() })
    if (request) this.#derive(requestId)
  }

  #derive(requestId: string): void {
    const { store, self } = this.#parts
    const request = this.#get(requestId)
    const answers = store.paymentRequests.answers(request.chat, requestId)
    const { state, digest } = stateOf(request, answers, store.transfers.forRequest(requestId), self)
    store.paymentRequests.setState(requestId, state, digest)
  }

  #get(requestId: string): PaymentRequestRow {
    const request = this.#parts.store.paymentRequests.get(requestId)
    if (!request) throw new ParleyError('not_found', 'There is no such request.')
    return request
  }

  #asked(requestId: string): PaymentRequestRow {
    const request = this.#get(requestId)
    if (request.mine) throw new ParleyError('conflict', 'This is your own request.')
    return request
  }

  #later(thrown: unknown): void {
    const { log } = this.#parts
    if (isLedgerAway(thrown)) log.warn({ code: toParleyError(thrown).code }, 'a request is settled at the next look')
    else log.error({ err: thrown }, 'a request could not be settled now')
  }
}

type Body = EventArrival['event']['body']
type Outcome = NonNullable<Body['PaymentAnswer']>['outcome']
