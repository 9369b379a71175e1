import { backoff } from '../base/index.ts'
import { toParleyError } from '../contract/index.ts'
import { verifyCertificate } from '../crypto/index.ts'
import {
  type Cards,
  type LedgerCard,
  MOST_SEEKING,
  SEEK_FIRST_MS,
  SEEK_MOST_MS,
  SETTLE_MS,
  Whereabouts,
} from '../features/ion/index.ts'
import type { DeviceCertificate } from '../wire/index.ts'
import type { AccountContext } from './account-types.ts'

/** Rows of the outbox that are looked through for what waits. */
const WAITING_ROWS = 1_000

/**
 * Which contacts are met by the ledger although this device has nodes: those that nodes do not know, and that were on the ledger
 * later than at nodes. Whoever merely sleeps costs no record.
 */
export class LedgerContacts {
  readonly #account: AccountContext
  readonly #cards: () => Cards | undefined
  readonly #whereabouts: Whereabouts
  /** When a node was linked after there was none, by the steady clock. */
  #linkedAt: number | undefined
  /** Contacts whose cards were looked for. */
  readonly #sought = new Map<string, { looks: number; notBefore: number }>()
  #seeking = 0

  constructor(account: AccountContext, cards: () => Cards | undefined) {
    this.#account = account
    this.#cards = cards
    this.#whereabouts = new Whereabouts(account.store, account.parts.clock)
  }

  /** Follows what the nodes say. */
  start(): void {
    const { overlay, parts } = this.#account
    overlay?.on('links', (links) => {
      const isLinked = links.some(({ state }) => state === 'connected')
      this.#linkedAt = isLinked ? (this.#linkedAt ?? parts.clock.steady()) : undefined
    })
    overlay?.on('presence', ({ address, online }) => {
      if (!this.#isContact(address)) return
      this.#whereabouts.seen(address, !online)
      this.#sought.delete(address)
    })
  }

  /** A record of this device stands on the ledger, dated `at`; strangers' are not remembered. */
  heard({ addressText, deviceId }: DeviceCertificate, at: number): void {
    if (this.#account.store.contacts.get(addressText)) this.#whereabouts.heard(addressText, deviceId, at)
  }

  /** The nodes had time to say who is there, and do not know this address. */
  isUnknown(address: string): boolean {
    const { overlay, parts } = this.#account
    const isSettled = this.#linkedAt !== undefined && parts.clock.steady() - this.#linkedAt >= SETTLE_MS
    return isSettled && !overlay?.isOnline(address)
  }

  /** The address is not at nodes, and was on the ledger later than there. */
  has(address: string): boolean {
    return this.#whereabouts.deviceOf(address) !== undefined && this.isUnknown(address)
  }

  /** Something waits for this contact: looks for a card that is newer than its last presence. */
  seek(address: string): void {
    const { clock, random, log } = this.#account.parts
    const cards = this.#cards()
    const { looks, notBefore } = this.#sought.get(address) ?? { looks: 0, notBefore: 0 }
    if (!cards || this.#seeking >= MOST_SEEKING || clock.steady() < notBefore || !this.isUnknown(address)) return
    const wait = backoff(looks, SEEK_FIRST_MS, SEEK_MOST_MS, random)
    this.#sought.delete(address)
    this.#sought.set(address, { looks: looks + 1, notBefore: clock.steady() + wait })
    const [oldest] = this.#sought.keys()
    if (this.#sought.size > WAITING_ROWS && oldest !== undefined) this.#sought.delete(oldest)
    this.#seeking++
    void cards
      .newest(address)
      .then((card) => this.#learn(card))
      .catch((thrown: unknown) => log.debug({ code: toParleyError(thrown).code }, 'a card could not be looked for'))
      .finally(() => this.#seeking--)
  }

  async cardOf(address: string): Promise<LedgerCard | undefined> {
    return this.#learn(await this.#cards()?.find(address))
  }

  #learn(card: LedgerCard | undefined): LedgerCard | undefined {
    if (!card) return undefined
    this.#account.devices.learn(card.device)
    this.heard(card.device, card.issuedAt)
    return card
  }

  /** The device to offer a connection to: the one that was on the ledger, or the one that the contact was met with. */
  async deviceOf(address: string): Promise<string | undefined> {
    const { store, devices, parts } = this.#account
    const contact = store.contacts.get(address)
    if (contact?.state !== 'accepted') return undefined
    const there = this.#whereabouts.deviceOf(address)
    if (there !== undefined && devices.get(there) && !store.revocations.has(address, there)) return there
    const signed = contact.certificate
    if (signed) {
      try {
        const known = verifyCertificate(signed, parts.clock.now())
        devices.learn(known)
        const isOther = there !== undefined && there !== known.deviceId
        if (!isOther && !store.revocations.has(address, known.deviceId)) return known.deviceId
      } catch (thrown) {
        parts.log.debug({ code: toParleyError(thrown).code }, "a contact's certificate does not hold any more")
      }
    }
    return (await this.cardOf(address))?.device.deviceId
  }

  /** Contacts to whom the user has written what has not gone out. */
  waiting(): string[] {
    const rows = this.#account.store.outbox.due(Number.MAX_SAFE_INTEGER, WAITING_ROWS)
    const addresses = new Set(rows.filter((row) => row.messageId !== undefined).map((row) => row.address))
    return [...addresses].filter((address) => this.#isContact(address))
  }

  #isContact(address: string): boolean {
    return this.#account.store.contacts.get(address)?.state === 'accepted'
  }
}
