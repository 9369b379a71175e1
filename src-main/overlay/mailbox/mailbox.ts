import type { Clock } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { NodeLimits } from '../limits/limits.ts'
import type { NodeDatabase } from './database.ts'

/** Expired envelopes are removed this often, so many at once. */
const SWEEP_MS = 60_000
const SWEEP_ROWS = 1_000

export interface MailboxEntry {
  /** Rises with arrival. */
  seq: number
  /** 32 hex digits. */
  envelopeId: string
  bytes: Uint8Array
}

export interface MailToStore {
  device: string
  envelopeId: string
  /** The sender's address. */
  sender: string
  /** From somebody who is not allowed to write. */
  request: boolean
  ttl: number
  bytes: Uint8Array
}

/** Envelopes on disk for devices that are not linked, in order of arrival, within quotas. */
export class Mailbox {
  readonly #database: NodeDatabase
  readonly #clock: Clock
  readonly #limits: NodeLimits
  #cancel = () => {}

  constructor(database: NodeDatabase, clock: Clock, limits: NodeLimits) {
    this.#database = database
    this.#clock = clock
    this.#limits = limits
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
   * Resolves when it is on disk; an envelope that is there already changes nothing.
   * Throws `rate_limited` when the mailbox, the sender's share or the one request of a stranger is taken.
   */
  store(mail: MailToStore): Promise<void> {
    return this.#database.write(() => {
      const { device, envelopeId, sender, request, ttl, bytes } = mail
      if (this.#has(device, envelopeId)) return
      this.#checkQuota(mail)
      this.#database.run(
        `INSERT INTO mail (device, envelope_id, sender, request, expires_at, bytes, size) VALUES (?, ?, ?, ?, ?, ?, ?)`,
        device,
        envelopeId,
        sender,
        request ? 1 : 0,
        this.#clock.now() + ttl,
        bytes,
        bytes.length,
      )
    })
  }

  /** What came after `after`, in order of arrival. */
  next(device: string, after: number, limit: number): MailboxEntry[] {
    return this.#database
      .all(
        'SELECT seq, envelope_id, bytes FROM mail WHERE device = ? AND seq > ? AND expires_at > ? ORDER BY seq LIMIT ?',
        device,
        after,
        this.#clock.now(),
        limit,
      )
      .map((row) => ({
        seq: Number(row['seq']),
        envelopeId: String(row['envelope_id']),
        bytes: row['bytes'] as Uint8Array,
      }))
  }

  /** What waits in all mailboxes here. */
  total(): { envelopes: number; bytes: number } {
    const row = this.#database.get(
      'SELECT coalesce(sum(count), 0) AS count, coalesce(sum(bytes), 0) AS bytes FROM quota',
    )
    return { envelopes: Number(row?.['count']), bytes: Number(row?.['bytes']) }
  }

  async remove(device: string, envelopeId: string): Promise<void> {
    await this.#database.write(() =>
      this.#database.run('DELETE FROM mail WHERE device = ? AND envelope_id = ?', device, envelopeId),
    )
  }

  /** Removes expired envelopes; answers how many. */
  sweep(): Promise<number> {
    return this.#database.write(() =>
      this.#database.run(
        'DELETE FROM mail WHERE seq IN (SELECT seq FROM mail WHERE expires_at <= ? LIMIT ?)',
        this.#clock.now(),
        SWEEP_ROWS,
      ),
    )
  }

  #has(device: string, envelopeId: string): boolean {
    return !!this.#database.get('SELECT 1 FROM mail WHERE device = ? AND envelope_id = ?', device, envelopeId)
  }

  #checkQuota({ device, sender, request, bytes }: MailToStore): void {
    const { mailbox, mailboxPerSender } = this.#limits
    const own = this.#database.get(
      'SELECT count, bytes, requests FROM quota WHERE device = ? AND sender = ?',
      device,
      sender,
    )
    if (request && Number(own?.['requests'] ?? 0) > 0)
      throw new ParleyError('rate_limited', 'A contact request waits there already.', { retryAfter: SWEEP_MS })
    if (
      Number(own?.['count'] ?? 0) >= mailboxPerSender.count ||
      Number(own?.['bytes'] ?? 0) + bytes.length > mailboxPerSender.bytes
    )
      throw new ParleyError('rate_limited', 'Too much from you waits there already.', { retryAfter: SWEEP_MS })
    const all = this.#database.get(
      'SELECT coalesce(sum(count), 0) AS count, coalesce(sum(bytes), 0) AS bytes FROM quota WHERE device = ?',
      device,
    )
    if (Number(all?.['count']) >= mailbox.count || Number(all?.['bytes']) + bytes.length > mailbox.bytes)
      throw new ParleyError('rate_limited', 'The mailbox there is full.', { retryAfter: SWEEP_MS })
  }
}
