import type { Clock, Log } from '../../base/index.ts'
import type { SendRequest } from '../../wire/index.ts'
import { envelopeHead } from '../relay/envelope-head.ts'
import type { RelayPeers } from '../relay/relay.ts'
import type { LocalState, Row } from '../state/index.ts'

const MOVE_MS = 60_000
/** Envelopes that are handed on in one round. */
const ROUND = 500

/**
 * Hands mail on to the new home nodes when nodes or the epoch changed and this node is no home of the recipient any
 * more: the device looks for its mail at its home nodes only. What is refused there now is tried again later.
 */
export class MailMover {
  readonly #parts: { state: LocalState; peers: RelayPeers; clock: Clock; log: Log }
  #cancel = () => {}
  #running = false

  constructor(parts: { state: LocalState; peers: RelayPeers; clock: Clock; log: Log }) {
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
    const { state, peers } = this.#parts
    const owners = state.rows.all('SELECT DISTINCT address, device FROM mail')
    let moved = 0
    for (const owner of owners) {
      const { others, here } = peers.sector(String(owner['address']))
      if (here || others.length === 0) continue
      const rows = state.rows.all(
        'SELECT * FROM mail WHERE address = ? AND device = ? ORDER BY seq LIMIT ?',
        String(owner['address']),
        String(owner['device']),
        ROUND,
      )
      // In order: what cannot be moved keeps those behind it.
      for (const row of rows) {
        if (!this.#running || !(await this.#move(row, others))) break
        moved++
      }
    }
    return moved
  }

  async #move(row: Row, homes: Parameters<RelayPeers['relay']>[0][]): Promise<boolean> {
    const { peers, state, clock } = this.#parts
    const address = String(row['address'])
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
      await state.apply('forget', { seqs: [Number(row['seq'])] })
      return true
    }
    return false
  }
}
