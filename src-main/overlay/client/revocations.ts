import type { Clock, Emitter, Log } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { verifyCertificate, verifyRevocation } from '../../crypto/index.ts'
import type { DeviceCertificate } from '../../wire/index.ts'
import type { OverlayEvents, RevocationBook } from '../types.ts'
import type { PresenceTable } from '../presence/table.ts'
import type { Links } from './links.ts'
import type { NodeLink } from './node-link.ts'

interface Parts {
  /** This device's own address. */
  address: string
  book: RevocationBook
  links: Links
  table: PresenceTable
  events: Emitter<OverlayEvents>
  clock: Clock
  log: Log
}

/** Revocations as a device meets them: checks those that nodes show, and tells its nodes those of its own address. */
export class ClientRevocations {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Checks what a node shows; what holds and is news goes to the book's owner, and its device out of the presence. */
  learn(address: string, revocations: readonly Uint8Array[]): void {
    const { book, table, events, log } = this.#parts
    for (const signed of revocations) {
      try {
        const revocation = verifyRevocation(signed)
        if (revocation.addressText !== address) continue
        if (!book.has(address, revocation.deviceId)) events.emit('revocation', revocation)
        table.remove(address, revocation.deviceId)
      } catch (error) {
        log.debug({ err: error }, 'a revocation was refused')
      }
    }
  }

  /** Asks one node about an address; what it does not answer it may push later. */
  async ask(link: NodeLink, address: string): Promise<void> {
    try {
      const { revocations } = await link.request('getRevocations', { address }, 'revocations')
      this.learn(address, revocations)
    } catch (error) {
      this.#parts.log.debug({ err: error }, 'a node did not answer about revocations')
    }
  }

  /** Tells every linked node; resolves when one has it on disk. Rejects with the last refusal, or `offline`. */
  async publish(revocation: Uint8Array): Promise<void> {
    const told = await Promise.allSettled(
      this.#parts.links.connected().map((link) => link.request('putRevocation', { revocation }, 'ok')),
    )
    if (told.some(({ status }) => status === 'fulfilled')) return
    const refused = told.find((result) => result.status === 'rejected')
    throw refused?.reason ?? new ParleyError('offline', 'No node can be reached.', { retryAfter: 1_000 })
  }

  /** A new link: the node may be new to this address, or have been away when a device was revoked. */
  async linked(link: NodeLink): Promise<void> {
    const { address, book, log } = this.#parts
    try {
      for (const revocation of book.own()) await link.request('putRevocation', { revocation }, 'ok')
    } catch (error) {
      log.debug({ err: error }, 'a node was not told a revocation')
    }
    await this.ask(link, address)
  }

  /** Devices of this address as the linked nodes know them; rejects with `offline` where none answers. */
  async devices(): Promise<DeviceCertificate[]> {
    const { links, address, book, clock, log } = this.#parts
    const found = new Map<string, DeviceCertificate>()
    const answers = await Promise.allSettled(links.connected().map((link) => link.request('getDevices', {}, 'devices')))
    if (!answers.some(({ status }) => status === 'fulfilled'))
      throw new ParleyError('offline', 'No node can be reached.', { retryAfter: 1_000 })
    for (const answer of answers) {
      for (const signed of answer.status === 'fulfilled' ? answer.value.certificates : []) {
        try {
          const certificate = verifyCertificate(signed, clock.now())
          if (certificate.addressText !== address || book.has(address, certificate.deviceId)) continue
          const known = found.get(certificate.deviceId)
          if (!known || known.issuedAt < certificate.issuedAt) found.set(certificate.deviceId, certificate)
        } catch (error) {
          log.debug({ err: error }, 'a node named a device that does not hold')
        }
      }
    }
    return [...found.values()]
  }
}
