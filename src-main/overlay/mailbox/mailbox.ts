import type { Clock } from '../../base/index.ts'
import type { LocalState, Mail, Row } from '../state/index.ts'

/** What has expired is removed this often, so much at once. */
const SWEEP_MS = 60_000
const SWEEP_ROWS = 1_000

export interface MailboxEntry {
  /** Rises with arrival. */
  seq: number
  /** 32 hex digits. */
  envelopeId: string
  bytes: Uint8Array
}

export type MailToStore = Omit<Mail, 'expiresAt'> & { ttl: number }

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
   * Resolves when it is on disk; an envelope that is there already, or was accepted, changes nothing. Throws `revoked`, or
   * `rate_limited` when the mailbox, the sender's share or the one request of a stranger is taken.
   */
  async store({ ttl, ...mail }: MailToStore): Promise<void> {
    const now = this.#clock.now()
    await this.#state.apply('merge', { facts: [{ kind: 'mail', ...mail, expiresAt: now + ttl }], now, quota: true })
  }

  /** What came after `after`, in order of arrival. */
  next(address: string, device: string, after: number, limit: number): MailboxEntry[] {
    return this.#state.rows
      .all(
        `SELECT seq, envelope_id, bytes FROM mail
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
  wasAccepted(address: string, device: string, envelopeId: string): boolean {
    return !!this.#state.rows.get(
      'SELECT 1 FROM accepted WHERE address = ? AND device = ? AND envelope_id = ?',
      address,
      device,
      envelopeId,
    )
  }

  /** What waits in all mailboxes here. */
  total(): { envelopes: number; bytes: number } {
    const row = this.#state.rows.get('SELECT sum(count) AS count, sum(bytes) AS bytes FROM quota')
    return { envelopes: Number(row?.['count'] ?? 0), bytes: Number(row?.['bytes'] ?? 0) }
  }

  /** The device has it on disk. Nothing happens for what is not here: it would only be word of mouth. */
  async accept(address: string, device: string, envelopeId: string): Promise<void> {
    const mail = this.#state.rows.get(
      'SELECT expires_at FROM mail WHERE address = ? AND device = ? AND envelope_id = ?',
      address,
      device,
      envelopeId,
    )
    if (!mail) return
    const fact = { kind: 'accepted', address, device, envelopeId, expiresAt: Number(mail['expires_at']) } as const
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
  return { seq: Number(row['seq']), envelopeId: String(row['envelope_id']), bytes: row['bytes'] as Uint8Array }
}
