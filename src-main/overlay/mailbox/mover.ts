import type { Clock, Log } from '../../base/index.ts'
import type { SendRequest } from '../../wire/index.ts'
import { envelopeHead } from '../relay/envelope-head.ts'
import type { RelayPeers } from '../relay/relay.ts'
import type { NodeDatabase, Row } from './database.ts'
import type { Mailbox } from './mailbox.ts'

const MOVE_MS = 60_000
/** Envelopes that are handed on in one round. */
const ROUND = 500

/**
 * Hands mail on to the new home nodes when nodes or the epoch changed and this node is no home of the recipient any
 * more: the device looks for its mail at its home nodes only. What is refused there now is tried again later.
 */
export class MailMover {
  readonly #parts: { database: NodeDatabase; mailbox: Mailbox; peers: RelayPeers; clock: Clock; log: Log }
  #cancel = () => {}
  #running = false

  constructor(parts: { database: NodeDatabase; mailbox: Mailbox; peers: RelayPeers; clock: Clock; log: Log }) {
    this.#parts = parts
  }

  start(): void {
    this.#running = true
    this.#cancel = this.#parts.clock.after(MOVE_MS, () => {
      void this.round()
        .catch((error: unknown) => this.#parts.log.debug({ err: error }, 'mail could not be moved'))
        .finally(() => this.#running && this.start())
    })
  }

  stop(): void {
    this.#running = false
    this.#cancel()
  }

  /** Moves what can be moved now; answers how many envelopes. */
  async round(): Promise<number> {
    const { database, peers } = this.#parts
    const owners = database.all(
      'SELECT DISTINCT mail.device AS device, address FROM mail JOIN device ON device.id = mail.device',
    )
    let moved = 0
    for (const owner of owners) {
      const { others, here } = peers.homes(String(owner['address']))
      if (here || others.length === 0) continue
      const rows = database.all(
        'SELECT * FROM mail WHERE device = ? ORDER BY seq LIMIT ?',
        String(owner['device']),
        ROUND,
      )
      // In order: what cannot be moved keeps those behind it.
      for (const row of rows) {
        if (!this.#running || !(await this.#move(row, String(owner['address']), others))) break
        moved++
      }
    }
    return moved
  }

  async #move(row: Row, address: string, homes: Parameters<RelayPeers['relay']>[0][]): Promise<boolean> {
    const { peers, mailbox, clock } = this.#parts
    const envelope = row['bytes'] as Uint8Array
    const ttl = Math.max(0, Number(row['expires_at']) - clock.now())
    const urgency = (
      row['request'] ? { $kind: 'request', request: true } : { $kind: 'message', message: true }
    ) as never
    const send: SendRequest = { address, device: String(row['device']), ttl, urgency, envelope }
    const sender = { address: String(row['sender']), device: envelopeHead(envelope).from }
    for (const node of homes) {
      const result = await peers.relay(node, sender, send, false).catch(() => 'dropped' as const)
      if (result === 'dropped') continue
      await mailbox.remove(send.device, String(row['envelope_id']))
      return true
    }
    return false
  }
}
