import { type NetworkStatus, ParleyError, toParleyError } from '../contract/index.ts'
import {
  CardKeeper,
  Cards,
  createMemoBoard,
  EarlySignals,
  type LedgerCard,
  type LedgerSignal,
  Letters,
  type MemoPayer,
  type MemoWatch,
  Reach,
} from '../features/ion/index.ts'
import type { Ledger } from '../ledger/index.ts'
import { makeEnvelope, sealContent, type Sealer } from '../post/index.ts'
import type { OutboxRow } from '../store/index.ts'
import { decodeSignal, type DeviceCertificate, encodeLetter, LETTER_MAGIC } from '../wire/index.ts'
import type { AccountContext } from './account-types.ts'
import { Alone } from './alone.ts'
import { LedgerContacts } from './ledger-contacts.ts'
import type { LedgerWay } from './ledger-way.ts'
import { networkOf } from './ledger-state.ts'
import { NodeTurn } from './node-turn.ts'
import { readSettings } from './settings.ts'

/** An offer follows its acceptance as soon as that is on the ledger: it is looked for before the next second. */
const OFFER_FOLLOWS_MS = 300

/** ION for contacts: wires cards, letters and the decision to connect to the parts of an account. */
export class IonNetwork implements LedgerWay {
  readonly board: LedgerWay['board'] & { stop(): void }
  readonly #account: AccountContext
  readonly #ledger: Ledger
  readonly #reach: Reach
  #cards: Cards | undefined
  #keeper: CardKeeper | undefined
  #watch: MemoWatch | undefined
  #hear: Letters | undefined
  readonly #turn: NodeTurn
  readonly #early = new EarlySignals()
  readonly #contacts: LedgerContacts
  readonly #alone: Alone

  constructor(account: AccountContext, ledger: Ledger, payer: MemoPayer) {
    const { store, parts, devices } = account
    const { clock, random, log } = parts
    this.#account = account
    this.#ledger = ledger
    this.#contacts = new LedgerContacts(account, () => this.#cards)
    this.#turn = new NodeTurn({ given: parts.nodes.length > 0, changed: () => this.#onTurn(), clock })
    this.#alone = new Alone({ store, changed: () => this.#keeper?.look(), clock })
    this.board = createMemoBoard({
      ledger,
      payer,
      store,
      allowed: () => this.#allowed(),
      local: networkOf(ledger.url) === 'local',
      paid: () => account.emitNetwork(),
      answered: () => this.#alone.answered(),
      clock,
      random,
      log,
    })
    this.#reach = new Reach({
      store,
      usable: (address, asked) => readSettings(store).directConnections && this.reaches(address, asked),
      seek: (address) => this.#allowed() && this.#contacts.seek(address),
      deviceOf: (address) => this.#contacts.deviceOf(address),
      isReached: (address) =>
        this.#some(address, (device) => account.peers.isOpen(device)) || this.isArranging(address),
      connect: (device, replaces) => {
        account.peers.connect(device, replaces ? { replaces } : {})
        account.emitNetwork()
      },
      checkBudget: () => this.board.check('contact'),
      waiting: () => (this.#allowed() ? this.#contacts.waiting() : []),
      clock,
      random,
      log,
    })
    account.peers.on('path', ({ device, open }) => {
      const address = devices.addressOf(device)
      if (open && address !== undefined) this.#reach.opened(address)
    })
  }

  begin(sealer: Sealer): void {
    const account = this.#account
    const { store, parts, identity } = account
    const { clock, random, log } = parts
    const common = { store, clock, random, log }
    const isRevoked = (address: string, device: string) => store.revocations.has(address, device)
    this.#cards = new Cards({ ledger: this.#ledger, chain: sealer.chain, isRevoked, clock, log })
    this.#keeper = new CardKeeper({
      board: this.board,
      cards: this.#cards,
      sealer,
      keyPackage: async () => (await account.sessions.ensureKeyPackages(0)).lastResort,
      wanted: () => this.usable || readSettings(store).ledgerSignalling === 'on',
      isOld: () => this.#alone.isCardOld,
      published: () => this.#alone.published(),
      changed: () => account.emitNetwork(),
      ...common,
    })
    this.#hear = new Letters({
      sealer,
      isKnown: (address) => ['accepted', 'requested'].includes(store.contacts.get(address)?.state ?? ''),
      onSignal: (signal) => this.#onSignal(signal),
      receive: (envelope, sender, accept, sentAt) => {
        const taken = () => {
          this.#contacts.heard(sender, sentAt)
          accept()
        }
        account.inbox?.receive(envelope, sender.deviceId, taken)
      },
      ...common,
    })
    for (const each of [this.#turn, this.#alone]) account.overlay?.on('links', (links) => each.links(links))
    this.#contacts.start()
    this.#turn.start()
    this.#reach.start()
    this.#keeper.start()
    this.#listen(identity.address)
  }

  stop(): void {
    this.#turn.stop()
    this.#reach.stop()
    this.#keeper?.stop()
    this.board.stop()
  }

  /** A setting was changed, or tokens have come. */
  look(): void {
    this.#keeper?.look()
    this.#reach.back()
    this.#listen(this.#account.identity.address)
  }

  searched(found: number): void {
    this.#turn.searched(found)
  }

  /** Nodes have come, or the last one has been gone for long. */
  #onTurn(): void {
    this.#keeper?.look()
    this.#onBack()
    this.#account.emitNetwork()
  }

  /** The ledger answers again: requests, acceptances and offers that it did not take go now. */
  #onBack(): void {
    if (!this.usable) return
    this.#keeper?.look()
    this.#account.delivery.hastenAll()
    this.#reach.back()
  }

  get usable(): boolean {
    return this.#mayWrite && this.#turn.isOver
  }

  reaches(address: string, asked = false): boolean {
    if (!this.#mayWrite) return false
    return this.#turn.isOver || this.#contacts.has(address) || (asked && this.#contacts.isUnknown(address))
  }

  get #mayWrite(): boolean {
    return this.#allowed() && this.#cards !== undefined
  }

  async cardOf(address: string): Promise<LedgerCard | undefined> {
    return this.#mayWrite ? this.#contacts.cardOf(address) : undefined
  }

  async send(to: { address: string; device: string }, envelope: Uint8Array, kind: OutboxRow['kind']): Promise<void> {
    if (kind !== 'request' && kind !== 'accept')
      throw new ParleyError('offline', 'Messages wait for a direct connection; the ledger only arranges it.')
    this.#reach.expect()
    // Whoever accepts offers next, and an offer that comes before its acceptance is one of a stranger.
    await this.board.write(to.address, encodeLetter(to.device, envelope), 'contact')
    this.#reach.sent(to.address)
  }

  async signal(recipient: DeviceCertificate, bytes: Uint8Array): Promise<void> {
    const { sealer, parts } = this.#account
    const { WholeOffer, WholeAnswer } = decodeSignal(bytes).body
    if (!sealer || !(WholeOffer ?? WholeAnswer)) throw new ParleyError('offline', 'There is no way to this device now.')
    const sealedAt = parts.clock.now()
    const body = await sealContent(sealer, recipient, { Signal: bytes }, sealedAt)
    const envelope = makeEnvelope(sealer.certificate.deviceId, body, sealedAt, parts.random)
    this.#reach.expect()
    try {
      await this.board.write(recipient.addressText, encodeLetter(recipient.deviceId, envelope), 'contact')
      // A late offer is answered by one of the other; a late answer by nothing.
      if (WholeAnswer && !this.#reach.isFresh(sealedAt))
        throw new ParleyError('expired', 'The ledger was away for too long: the answer came too late.')
      this.#reach.sent(recipient.addressText)
    } catch (thrown) {
      this.#unsent(recipient, WholeAnswer && decodeSignal(bytes).session)
      throw thrown
    }
  }

  /** The ledger is away, refused it for good or took it too late: nobody hears of it, so a connection is offered anew. */
  #unsent({ addressText, deviceId }: DeviceCertificate, answered: Uint8Array | undefined): void {
    queueMicrotask(() => this.#account.peers.disconnect(deviceId))
    this.#reach.unsent(addressText, answered)
  }

  /** The conversation with a new contact is there: whoever accepted offers, as soon as the acceptance is on the ledger. */
  onGroup(address: string): void {
    this.#reach.leaveItTo(address)
    const early = this.#early.take(address)
    if (early) this.#onSignal(early)
    this.#account.parts.clock.after(OFFER_FOLLOWS_MS, () => this.#watch?.look())
  }

  onAccepted(address: string): void {
    this.#reach.persist(address)
  }

  want(address: string): void {
    if (this.reaches(address)) this.#reach.want(address)
  }

  async ask(address: string): Promise<void> {
    if (!this.#allowed())
      throw new ParleyError(
        'payment_required',
        'This needs records on the ledger, which cost fees. Allow it in Settings.',
      )
    if (!this.#cards) throw new ParleyError('ledger_unreachable', 'The ledger has not answered yet.')
    await this.#reach.ask(address)
  }

  isArranging(address: string): boolean {
    return this.#some(address, (device) => this.#account.peers.isConnecting(device)) && this.reaches(address)
  }

  status(): NonNullable<NetworkStatus['signalling']> {
    const { records, fee } = this.board.spent()
    const allowed = this.#allowed()
    const { state, reason: waits } = this.#keeper?.state ?? { state: 'none' as const }
    // Without nodes the ledger is the only way: whoever waits is told why nothing moves.
    const isOnlyWay = this.#account.parts.nodes.length === 0 && this.#turn.isOver
    const reason = !allowed && isOnlyWay ? 'payment_required' : waits
    return { allowed, card: state, ...(reason === undefined ? {} : { reason }), records, spent: fee }
  }

  /** What the user agreed to, whoever's turn it is. */
  #allowed(): boolean {
    const { store, parts } = this.#account
    const { ledgerSignalling } = readSettings(store)
    if (ledgerSignalling !== 'auto') return ledgerSignalling === 'on'
    return parts.nodes.length === 0 && networkOf(this.#ledger.url) === 'local'
  }

  #listen(address: string): void {
    const letters = this.#hear
    if (!this.#allowed() || !letters) {
      this.#watch?.stop()
      this.#watch = undefined
      return
    }
    const { reach, back } = { reach: this.#reach, back: () => this.#onBack() }
    const options = { magic: LETTER_MAGIC, from: 'kept', expecting: () => reach.expecting, back } as const
    this.#watch ??= this.board.watch(address, options, (memos) => letters.hear(memos))
  }

  /** Only a contact gets further than this, only with whole signals, and an offer that is too old with nothing but our own. */
  #onSignal(signal: LedgerSignal): void {
    const { sender, bytes, sentAt } = signal
    const { store, devices, signalling, parts } = this.#account
    const { addressText: address, deviceId: device } = sender
    const state = store.contacts.get(address)?.state
    if (state === 'requested') return this.#early.keep(address, signal)
    if ((state !== 'accepted' && state !== 'blocked') || store.revocations.has(address, device)) return
    try {
      const { session, body } = decodeSignal(bytes)
      if (!body.WholeOffer && !body.WholeAnswer) return
      if (state === 'blocked') return body.WholeOffer && this.#reach.ignore(address, session)
      devices.learn(sender)
      const isFresh = this.#reach.isFresh(sentAt)
      this.#contacts.heard(sender, isFresh ? parts.clock.now() : sentAt)
      if (!isFresh) return body.WholeOffer && this.#reach.missed(address, session, sentAt)
      if (body.WholeOffer && !this.#reach.mayAnswer(address)) return
      signalling.receive(device, bytes)
      this.#account.emitNetwork()
    } catch (thrown) {
      parts.log.debug({ code: toParleyError(thrown).code }, 'a signal on the ledger was refused')
    }
  }

  #some(address: string, is: (device: string) => boolean): boolean {
    return this.#account.devices.idsOf(address).some(is)
  }
}
