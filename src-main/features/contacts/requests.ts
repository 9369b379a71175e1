import { type Clock, Lately, type Log, toHex } from '../../base/index.ts'
import { oneLine, toParleyError } from '../../contract/index.ts'
import { mlsReason, verifyCertificate } from '../../crypto/index.ts'
import type { Prepared } from '../../post/index.ts'
import type { ContactRow, OutboxRow, Store } from '../../store/index.ts'
import type { DeviceCertificate, SealedContentInput, SealedContentValue } from '../../wire/index.ts'
import { type Contacts, shortForm } from './contacts.ts'
import { GroupMaker, type Invitation } from './group-maker.ts'
import type { ContactNetwork, ContactSessions } from './types.ts'

/** Requests that wait for an answer; more are dropped, so that a crowd of keys cannot fill the disk. */
const MOST_INCOMING = 200
/** What a request may bring to the screen. */
const MOST_NAME = 64
const MOST_NOTE = 200
/** A name that this user gave. */
const MOST_OWN_NAME = 200
/** A device that cannot read asks at most this often: a loop of two broken devices stays slow. */
const RESYNC_EVERY_MS = 60_000
/** After so many attempts, some seconds later, an answer goes to the others alone: the one that asked may be gone. */
const WITHOUT_ASKER = 4

type OwnInvitation = NonNullable<SealedContentValue['OwnWelcome']>

export interface RequestParts {
  store: Store
  contacts: Contacts
  network: ContactNetwork
  sessions: ContactSessions
  /** This identity's own address. */
  self: string
  /** The name that this identity gives of itself. */
  selfName: string
  clock: Clock
  log: Log
}

/** Contact requests, acceptances and new groups, in and out. Only accepted people get further than a request. */
export class Requests {
  readonly #parts: RequestParts
  readonly #maker: GroupMaker
  readonly #resyncs: Lately

  constructor(parts: RequestParts) {
    this.#parts = parts
    this.#resyncs = new Lately(parts.clock, RESYNC_EVERY_MS)
    this.#maker = new GroupMaker(parts)
  }

  /** Seals the row's content to each device of its address; undefined while none is known. */
  async prepare(row: OutboxRow): Promise<Prepared[] | undefined> {
    switch (row.kind) {
      case 'request':
        return this.#prepareRequest(row)
      case 'accept':
        return this.#prepareGroup(row, (made) => ({ ContactAccept: { name: this.#parts.selfName, ...made } }))
      case 'welcome':
        return this.#prepareGroup(row, (made) => ({ Welcome: made }))
      default:
        return this.#sealAll(row.address, { ResyncRequest: { reason: 'unreadable' } })
    }
  }

  async onSealed(sender: DeviceCertificate, content: SealedContentValue): Promise<void> {
    if (content.ContactRequest) return this.#onRequest(sender, content.ContactRequest)
    if (content.ContactAccept) return this.#onAccept(sender, content.ContactAccept)
    if (content.Welcome) return this.#onWelcome(sender, content.Welcome)
    if (content.OwnWelcome) return this.#onOwnWelcome(sender, content.OwnWelcome)
    if (content.ResyncRequest) return this.#onResyncRequest(sender)
  }

  /** A message of a contact cannot be read here: asks for a new group. */
  askResync(address: string): void {
    const { store, contacts, network } = this.#parts
    if (store.contacts.get(address)?.state !== 'accepted' || !this.#mayResync(`out ${address}`)) return
    if (store.outbox.forAddress(address).some((row) => row.kind === 'resync')) return
    store.outbox.add(contacts.outboxRow(address, 'resync'))
    network.wake()
  }

  /** A device of a contact was revoked: the conversation goes on in a new group without it. */
  renewGroup(address: string): void {
    const known = this.#parts.store.contacts.get(address)
    if (known?.state === 'accepted') this.#answer(known, 'welcome')
  }

  /** Progress of our request or acceptance, for the screen. */
  onProgress(row: OutboxRow, state: 'stored' | 'delivered' | 'failed'): void {
    if (row.kind !== 'request' && row.kind !== 'accept') return
    const contact = this.#parts.store.contacts.get(row.address)
    if (!contact || contact.state === 'blocked') return
    const requestState = state === 'failed' && row.kind === 'accept' ? undefined : state
    // It was taken, and what was paid for it is spent: another request costs anew.
    this.#parts.network.forgetPostage(row.address)
    this.#parts.contacts.save({ ...contact, requestState })
  }

  async #prepareRequest(row: OutboxRow): Promise<Prepared[] | undefined> {
    const contact = this.#parts.store.contacts.get(row.address)
    if (!contact) return undefined
    const request = { name: this.#parts.selfName, note: contact.note ?? '' }
    return this.#sealAll(row.address, { ContactRequest: request })
  }

  async #sealAll(address: string, content: SealedContentInput): Promise<Prepared[] | undefined> {
    const devices = await this.#parts.network.devicesOf(address)
    if (devices.length === 0) return undefined
    return Promise.all(
      devices.map(async (device) => ({
        device: device.deviceId,
        envelope: await this.#parts.network.seal(device, content),
      })),
    )
  }

  /** Makes the conversation's group and the Welcome for every device of the other, and of ours. */
  async #prepareGroup(row: OutboxRow, wrap: (made: Invitation) => SealedContentInput): Promise<Prepared[] | undefined> {
    const { network, contacts, log } = this.#parts
    if (!this.#maker.mayMake(row.address)) {
      log.warn({}, 'too many new groups with a contact; the next one waits')
      return undefined
    }
    const taken = await network.takeKeyPackages(row.address)
    if (taken.length === 0 || !this.#hasAsker(row, taken)) return undefined
    const prepared = await this.#maker.make(row.address, taken, wrap)
    if (!prepared) return undefined
    queueMicrotask(() => contacts.announceGroup(row.address))
    return prepared
  }

  /** A device that has just begun may ask before its key packages are at its nodes: an answer without it would leave it out for good. */
  #hasAsker(row: OutboxRow, taken: readonly { device: DeviceCertificate }[]): boolean {
    const { store, clock } = this.#parts
    const asker = store.contacts.get(row.address)?.certificate
    if (row.kind !== 'accept' || !asker || row.attempts >= WITHOUT_ASKER) return true
    try {
      const { deviceId } = verifyCertificate(asker, clock.now())
      return taken.some(({ device }) => device.deviceId === deviceId)
    } catch {
      // Its certificate is over: it has to ask again.
      return true
    }
  }

  #onRequest(sender: DeviceCertificate, request: { name: string; note: string }): void {
    const { store, contacts, clock } = this.#parts
    const address = sender.addressText
    const known = store.contacts.get(address)
    if (known?.state === 'blocked') return
    const theirName = oneLine(request.name, MOST_NAME)
    const heard = { theirName, note: oneLine(request.note, MOST_NOTE) || undefined, certificate: sender.signed }
    if (known?.state === 'requested' || known?.state === 'accepted') {
      // Both asked, or the other starts again on a new installation: we want each other, so a new group is made.
      this.#answer({ ...known, ...heard, note: known.note, state: 'accepted' }, 'accept')
      return
    }
    if (!known && store.contacts.list().filter((row) => row.state === 'incoming').length >= MOST_INCOMING) return
    contacts.save({
      address,
      name: theirName || shortForm(address),
      state: 'incoming',
      verified: false,
      addedAt: known?.addedAt ?? clock.now(),
      requestState: undefined,
      ...heard,
    })
  }

  async #onAccept(sender: DeviceCertificate, accept: Invitation & { name: string }): Promise<void> {
    const known = this.#parts.store.contacts.get(sender.addressText)
    if (known?.state !== 'requested' && known?.state !== 'accepted') return
    const theirName = oneLine(accept.name, MOST_NAME)
    const unnamed = known.name === shortForm(known.address)
    const name = unnamed && theirName ? theirName : known.name
    await this.#join(accept, {
      ...known,
      name,
      theirName: theirName || known.theirName,
      state: 'accepted',
      requestState: undefined,
      certificate: sender.signed,
    })
  }

  async #onWelcome(sender: DeviceCertificate, invitation: Invitation): Promise<void> {
    const known = this.#parts.store.contacts.get(sender.addressText)
    if (known?.state !== 'accepted') return
    await this.#join(invitation, { ...known, certificate: sender.signed })
  }

  /** What the contact has made; our devices that were in no group of it before may not know the contact. */
  async #join(invitation: Invitation, row: ContactRow): Promise<void> {
    const { network, store, self, contacts } = this.#parts
    const before = await this.#members(row.address)
    const { members } = await this.#enter(invitation, row)
    const isNew = ({ addressText, deviceId }: DeviceCertificate) =>
      addressText === self && deviceId !== network.ownDevice && !before.has(deviceId)
    for (const prepared of await this.#maker.passOn(row.address, invitation, members.filter(isNew)))
      store.outbox.add({ ...contacts.outboxRow(row.address, 'own'), ...prepared })
    network.wake()
  }

  async #members(address: string): Promise<Set<string>> {
    const active = this.#parts.store.groups.active(address)
    try {
      const members = active ? await this.#parts.sessions.members(active.groupId) : []
      return new Set(members.map(({ deviceId }) => deviceId))
    } catch (thrown) {
      if (mlsReason(thrown) !== 'state_lost') throw thrown
      return new Set()
    }
  }

  /** Joins, with the contact as it is from now on. */
  async #enter({ welcome, generation }: Invitation, row: ContactRow) {
    const { sessions, contacts, store } = this.#parts
    const persist = () => {
      for (const waiting of store.outbox.forAddress(row.address))
        if (waiting.kind === 'request') store.outbox.remove(waiting.id)
      store.contacts.save(row)
    }
    const joined = await sessions.joinByWelcome(welcome, row.address, persist, generation)
    contacts.announce(row)
    contacts.announceGroup(row.address)
    return joined
  }

  /** Another device of this user is in a group with that contact: so is this one, unless its user has blocked the contact here. */
  async #onOwnWelcome(sender: DeviceCertificate, given: OwnInvitation): Promise<void> {
    const { self, store, contacts } = this.#parts
    const address = `0x${toHex(given.contact)}`
    const known = store.contacts.get(address)
    if (sender.addressText !== self || address === self || known?.state === 'blocked') return
    const theirName = oneLine(given.theirName ?? '', MOST_NAME) || undefined
    const name = oneLine(given.name, MOST_OWN_NAME) || theirName || shortForm(address)
    const row = known ?? { ...contacts.blank(address), name, theirName }
    try {
      await this.#enter(given, { ...row, state: 'accepted', requestState: undefined })
    } catch (thrown) {
      // It was told of it by the maker already.
      const isKnown = mlsReason(thrown) === 'replay' || toParleyError(thrown).code === 'not_found'
      if (!isKnown || known?.state !== 'accepted') throw thrown
    }
  }

  #onResyncRequest(sender: DeviceCertificate): void {
    const known = this.#parts.store.contacts.get(sender.addressText)
    if (known?.state !== 'accepted' || !this.#mayResync(`in ${sender.addressText}`)) return
    this.#answer({ ...known, certificate: sender.signed }, 'welcome')
  }

  #answer(row: ContactRow, kind: 'accept' | 'welcome'): void {
    const { store, contacts, network } = this.#parts
    const answered: ContactRow = { ...row, requestState: kind === 'accept' ? 'sending' : row.requestState }
    store.transaction(() => {
      for (const waiting of store.outbox.forAddress(row.address))
        if (waiting.kind === 'request' || waiting.kind === kind) store.outbox.remove(waiting.id)
      store.outbox.add(contacts.outboxRow(row.address, kind))
      store.contacts.save(answered)
    })
    contacts.announce(answered)
    network.wake()
  }

  #mayResync(key: string): boolean {
    if (this.#resyncs.has(key)) return false
    this.#resyncs.note(key)
    return true
  }
}
