import { fromHex, type Log, toHex } from '../../base/index.ts'
import type { DeviceCertificate } from '../../wire/index.ts'
import { ACCEPT_MS, MAX_UNACCEPTED } from '../constants.ts'
import type { Connection } from '../link/connection.ts'
import type { Mailbox } from '../mailbox/mailbox.ts'
import { envelopeNameOf, isSameEnvelope } from './envelope-head.ts'

/** Envelopes of the mailbox on their way at once: enough to fill a link, few enough to come again cheaply. */
const MAILBOX_WINDOW = 64
/** A device that has just linked tells its contacts at once; until then nobody is judged a stranger by an old list. */
const TELL_CONTACTS_MS = 1_000

const nothing = () => {}

/**
 * A device that is linked to this node: live deliveries, and its mailbox in order of arrival. While the mailbox is not
 * empty new messages go behind it, so that they do not overtake.
 */
export class DeviceLink {
  readonly connection: Connection
  /** As which this device sends. */
  readonly sender: { address: string; device: string }
  /** The same as 32 bytes, made when it sends: few do at a time. */
  #key: Uint8Array | undefined
  /** The network that it links from. */
  readonly #network: string
  /** Signed, as it was shown when it linked. */
  readonly certificate: Uint8Array
  readonly #mailbox: Mailbox
  readonly #log: Log
  /** Live deliveries by the envelope's name: the same envelope twice at once is one delivery. */
  #live: Map<string, Promise<boolean>> | undefined
  /** By digest. */
  #mailing: Set<string> | undefined
  #cursor = 0
  #backlog = true
  #told = nothing
  /** Resolves when the device has said on this link who may write to it, or has had its time to. */
  readonly contactsTold: Promise<void>

  constructor(
    connection: Connection,
    { certificate, network }: { certificate: DeviceCertificate; network: string },
    mailbox: Mailbox,
    log: Log,
  ) {
    this.connection = connection
    this.#network = network
    this.sender = { address: certificate.addressText, device: certificate.deviceId }
    this.certificate = certificate.signed
    this.#mailbox = mailbox
    this.#log = log
    this.contactsTold = new Promise((resolve) => {
      let forget = () => {}
      const told = () => {
        clearTimeout(timer)
        // A link lasts for days: nothing of this stays with it.
        forget()
        this.#told = nothing
        resolve()
      }
      const timer = setTimeout(told, TELL_CONTACTS_MS)
      timer.unref()
      this.#told = told
      forget = connection.onClose(told)
    })
  }

  toldContacts(): void {
    this.#told()
  }

  get address(): string {
    return this.sender.address
  }

  get device(): string {
    return this.sender.device
  }

  get deviceKey(): Uint8Array {
    return (this.#key ??= fromHex(this.device))
  }

  /** Whose frames come over this link. */
  get source() {
    return { kind: 'device', device: this.device, owner: this.address, network: this.#network } as const
  }

  /** True when the device has it on disk; false when it must wait in the mailbox. `signal`s do not queue behind others. */
  deliver(bytes: Uint8Array, signal: boolean): Promise<boolean> {
    const name = envelopeNameOf(bytes, 0)
    const live = (this.#live ??= new Map<string, Promise<boolean>>())
    const quick = this.connection.deliveries?.find(({ envelope }) => isSameEnvelope(envelope, bytes, 0))
    const running = live.get(name) ?? quick?.outcome()
    if (running) return running
    if (!this.#takes(signal)) return Promise.resolve(false)
    const ended = (accepted: boolean) => {
      live.delete(name)
      return accepted
    }
    const delivered = this.connection.request('deliver', { envelope: bytes }, 'accept', ACCEPT_MS).then(
      () => ended(true),
      (error: unknown) => {
        this.#log.debug({ err: error }, 'a live delivery was not accepted')
        return ended(false)
      },
    )
    live.set(name, delivered)
    return delivered
  }

  #takes(signal: boolean): boolean {
    const live = (this.#live?.size ?? 0) + (this.connection.deliveries?.size ?? 0)
    return (signal || !this.#backlog) && live < MAX_UNACCEPTED
  }

  /** Whether `connection.deliver` may be called for the envelope that begins at `start`. */
  canBegin(bytes: Buffer, start: number, signal: boolean): boolean {
    if (!this.#takes(signal) || this.connection.isBusy) return false
    if (this.connection.deliveries?.find(({ envelope }) => isSameEnvelope(envelope, bytes, start))) return false
    return !this.#live?.size || !this.#live.has(envelopeNameOf(bytes, start))
  }

  /** Something was stored for this device: send it as its turn comes. */
  wake(): void {
    this.#backlog = true
    this.pump()
  }

  /** Sends what the mailbox has, within the window. */
  pump(): void {
    while (this.#backlog && !this.connection.closed) {
      const mailing = (this.#mailing ??= new Set())
      const room = MAILBOX_WINDOW - mailing.size
      if (room <= 0) return
      const entries = this.#mailbox.next(this.address, this.device, this.#cursor, room)
      for (const entry of entries) {
        this.#cursor = entry.seq
        mailing.add(toHex(entry.digest))
        this.connection.send('deliver', 0, { envelope: entry.bytes })
      }
      this.#backlog = entries.length === room
    }
  }

  /** Whether the envelope went out over this link from the mailbox, and was not accepted yet. */
  awaits(digest: Uint8Array): boolean {
    return this.#mailing?.has(toHex(digest)) ?? false
  }

  /** The device accepted an envelope that is awaited. Rejects with `bad_signature`; the envelope stays then. */
  async accepted(digest: Uint8Array, signature: Uint8Array): Promise<void> {
    const name = toHex(digest)
    // At once: each signature costs a check, so the same again is not looked at.
    if (!this.#mailing?.delete(name)) return
    try {
      await this.#mailbox.accept({ ...this.sender, digest, signature })
    } catch (error) {
      this.#mailing.add(name)
      throw error
    }
    this.pump()
  }
}
