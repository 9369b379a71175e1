import type { Clock } from '../../base/index.ts'
import { type Accepted, hasEnvelope, type LocalState, type Mail, type Row, totalOf } from '../state/index.ts'
import { checkAccepted } from './acceptance.ts'

/** What has expired is removed this often, so much at once. */
const SWEEP_MS = 60_000
const SWEEP_ROWS = 1_000

export interface MailboxEntry {
  /** Rises with arrival. */
  seq: number
  /** 32 hex digits. */
  envelopeId: string
  /** SHA-256 of the bytes. */
  digest: Uint8Array
  bytes: Uint8Array
}

/** `via`: the node that says who sent it, where it came by one. */
export type MailToStore = Omit<Mail, 'expiresAt'> & { ttl: number; via?: string | undefined }

/** Envelopes on disk for devices that are not linked, in order of arrival, within quotas. */
export class Mailbox {
  readonly #state: LocalState
  readonly #clock: Clock
  #cancel = () => {}

  constructor(state: LocalState, clock: Clock) {
    this.#state = state
    this.#clock = clock
  }

  start(): void {
    this.#cancel = this.#clock.after(SWEEP_MS, () => {
      // A failed sweep is tried again with the next; nothing depends on it.
      void this.sweep().catch(() => {})
      this.start()
    })
  }

  stop(): void {
    this.#cancel()
  }

  /**
   * Resolves when it is on disk; an envelope that is there already, or was accepted, changes nothing. Throws `revoked`,
   * `rate_limited` when the mailbox, the sender's share or the one request of a stranger is taken, `storage_full` when the node is.
   */
  async store({ ttl, via, ...mail }: MailToStore): Promise<void> {
    const now = this.#clock.now()
    const facts = [{ kind: 'mail', ...mail, expiresAt: now + ttl } as const]
    await this.#state.apply('merge', { facts, now, quota: true, vouched: via !== undefined })
  }

  /** What came after `after`, in order of arrival. */
  next(address: string, device: string, after: number, limit: number): MailboxEntry[] {
    return this.#state.rows
      .all(
        `SELECT seq, envelope_id, digest, bytes FROM mail
           WHERE address = ? AND device = ? AND seq > ? AND expires_at > ? ORDER BY seq LIMIT ?`,
        address,
        device,
        after,
        this.#clock.now(),
        limit,
      )
      .map(entryOf)
  }

  /** Whether the device has accepted the envelope from a mailbox. */
  wasAccepted(address: string, device: string, digest: Uint8Array): boolean {
    return hasEnvelope(this.#state.rows, 'accepted', { address, device, digest })
  }

  /** What waits in all mailboxes here. */
  total(): { envelopes: number; bytes: number } {
    const { count, bytes } = totalOf(this.#state.rows, 'mail')
    return { envelopes: count, bytes }
  }

  /**
   * The device has it on disk. Nothing happens for what is not here, so that it costs no check. Throws `bad_signature`: other
   * nodes would not believe it, and it stays here too.
   */
  async accept({ address, device, digest, signature }: Omit<Accepted, 'expiresAt'>): Promise<void> {
    const sql = 'SELECT expires_at FROM mail WHERE address = ? AND device = ? AND digest = ?'
    const mail = this.#state.rows.get(sql, address, device, digest)
    if (!mail) return
    checkAccepted({ address, device, digest, signature })
    const expiresAt = Number(mail['expires_at'])
    const fact = { kind: 'accepted', address, device, digest, signature, expiresAt } as const
    await this.#state.apply('merge', { facts: [fact], now: this.#clock.now(), quota: false })
  }

  /** Removes what has expired; answers how much. */
  async sweep(): Promise<number> {
    const now = this.#clock.now()
    const { rows } = this.#state
    const due = ['mail', 'accepted'].some((table) => rows.get(`SELECT 1 FROM ${table} WHERE expires_at <= ?`, now))
    return due ? this.#state.apply('sweep', { now, limit: SWEEP_ROWS }) : 0
  }
}

function entryOf(row: Row): MailboxEntry {
  return {
    seq: Number(row['seq']),
    envelopeId: String(row['envelope_id']),
    digest: row['digest'] as Uint8Array,
    bytes: row['bytes'] as Uint8Array,
  }
}
