import type { Clock, Log } from '../../base/index.ts'
import { verifyRevocation } from '../../crypto/index.ts'
import type { Revocations } from '../mailbox/revocations.ts'
import type { NodePeers } from './peers.ts'

interface Parts {
  /** Its writes go to the other candidates of the address. */
  revocations: Revocations
  peers: NodePeers
  clock: Clock
  log: Log
}

/** Takes revocations in. What they do to this node's links and presence happens as they are applied (`effects.ts`). */
export class Revoker {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /**
   * Checks and keeps a revocation; resolves once it is on disk and has had its effect. Throws as `verifyRevocation` does, and
   * `too_large`.
   */
  async put(signed: Uint8Array): Promise<void> {
    const { revocations, clock } = this.#parts
    await revocations.add(verifyRevocation(signed, clock.now()), clock.now())
  }

  /** What another node answered or pushed. */
  async learn(signed: readonly Uint8Array[]): Promise<void> {
    for (const one of signed) {
      try {
        await this.put(one)
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
}
