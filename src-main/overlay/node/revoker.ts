import type { Clock, Log } from '../../base/index.ts'
import { verifyRevocation } from '../../crypto/index.ts'
import type { NodeRecordValue } from '../../wire/index.ts'
import type { Revocations } from '../mailbox/revocations.ts'
import type { PresenceTable } from '../presence/table.ts'
import type { Relay } from '../relay/relay.ts'
import { RecentKeys } from '../relay/recent.ts'
import type { NodePeers } from './peers.ts'
import type { Watchers } from './watchers.ts'

/** Home nodes change with the epoch and may have been down: what they lack is told this often, so many at once. */
const SPREAD_MS = 30_000
const ROUND = 500
/** Pairs of revocation and node that need no repeat while both run. */
const TOLD = 50_000

interface Parts {
  revocations: Revocations
  table: PresenceTable
  watchers: Watchers
  peers: NodePeers
  relay: Relay
  clock: Clock
  log: Log
}

/** Takes revocations in, lets them have their effect on this node at once, and brings them to the home nodes. */
export class Revoker {
  readonly #parts: Parts
  readonly #told = new RecentKeys(TOLD)
  #seq = 0
  #running = false
  #cancel = () => {}

  constructor(parts: Parts) {
    this.#parts = parts
  }

  start(): void {
    this.#running = true
    this.#cancel = this.#parts.clock.after(SPREAD_MS, () => {
      void this.spread()
        .catch((error: unknown) => this.#parts.log.debug({ err: error }, 'revocations could not be passed on'))
        .finally(() => this.#running && this.start())
    })
  }

  stop(): void {
    this.#running = false
    this.#cancel()
  }

  /**
   * Checks and keeps a revocation; resolves once it is on disk and has had its effect. `pass`: tells the home nodes.
   * Throws as `verifyRevocation` does, and `too_large`.
   */
  async put(signed: Uint8Array, pass: boolean): Promise<void> {
    const { revocations, table, watchers, relay, clock } = this.#parts
    const revocation = verifyRevocation(signed, clock.now())
    const { addressText: address, deviceId: device } = revocation
    if (!(await revocations.add(revocation, clock.now()))) return
    relay.cut(address, device)
    table.remove(address, device)
    watchers.revoked(address)
    if (pass) for (const node of this.#parts.peers.sector(address).others) void this.#tell(node, revocation.signed)
  }

  /** What another node answered or pushed. */
  async learn(signed: readonly Uint8Array[]): Promise<void> {
    for (const one of signed) {
      try {
        await this.put(one, false)
      } catch (error) {
        this.#parts.log.debug({ err: error }, 'a revocation was refused')
      }
    }
  }

  /** The revocations of an address; `ask`: with those of its home nodes, where this node is none. */
  async of(address: string, ask: boolean): Promise<Uint8Array[]> {
    const { peers, revocations } = this.#parts
    const { others, here } = peers.sector(address)
    for (const node of ask && !here ? others : []) {
      const answer = await peers.request(node, 'getRevocations', { address }, 'revocations').catch(() => undefined)
      await this.learn(answer?.revocations ?? [])
      if (answer) break
    }
    return revocations.of(address).map(({ signed }) => signed)
  }

  /** One round: tells the home nodes of some addresses what they have not been told from here. */
  async spread(): Promise<void> {
    const rows = this.#parts.revocations.after(this.#seq, ROUND)
    this.#seq = rows.length < ROUND ? 0 : (rows.at(-1)?.seq ?? 0)
    for (const { address, device, signed } of rows)
      for (const node of this.#parts.peers.sector(address).others) {
        const key = `${address}/${device}/${node.nodeKey}`
        if (!this.#running || this.#told.has(key)) continue
        if (await this.#tell(node, signed)) this.#told.add(key)
      }
  }

  async #tell(node: NodeRecordValue, revocation: Uint8Array): Promise<boolean> {
    try {
      await this.#parts.peers.request(node, 'putRevocation', { revocation }, 'ok')
      return true
    } catch (error) {
      this.#parts.log.debug({ err: error }, 'a revocation was not passed on')
      return false
    }
  }
}
