import type { Clock, Log } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { verifyRevocation } from '../../crypto/index.ts'
import { type DeviceRevocation, MAX_REVOCATIONS } from '../../wire/index.ts'
import type { Revocations } from '../mailbox/revocations.ts'
import type { NodePeers } from './peers.ts'

interface Parts {
  /** Whether a device of the address is known here. */
  knows: (address: string) => boolean
  /** Whether somebody who links here wants to hear of the address. */
  watches: (address: string) => boolean
  /** Its writes go to the other candidates of the address. */
  revocations: Revocations
  peers: NodePeers
  clock: Clock
  log: Log
}

/**
 * Takes revocations in, of addresses that concern this node: their devices are known here, link here or are watched here, or it is one
 * of the nodes that answer for them. So wallets that cost nothing cannot fill it. What they do to this node's links and presence
 * happens as they are applied (`effects.ts`).
 */
export class Revoker {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /**
   * Checks and keeps a revocation; resolves once it is on disk and has had its effect. Throws as `verifyRevocation` does,
   * `too_large`, and `not_found` for an address that does not concern this node. `from`: the address of the device that brings it.
   */
  async put(signed: Uint8Array, from?: string): Promise<void> {
    const revocation = verifyRevocation(signed)
    if (!(await this.#keep(revocation, from)))
      throw new ParleyError('not_found', 'This node does not keep anything for that address.')
  }

  /** What another node answered or pushed; answers those that hold, kept or not. */
  async learn(signed: readonly Uint8Array[]): Promise<DeviceRevocation[]> {
    const { log } = this.#parts
    const held: DeviceRevocation[] = []
    for (const one of signed.slice(0, MAX_REVOCATIONS)) {
      try {
        const revocation = verifyRevocation(one)
        held.push(revocation)
        await this.#keep(revocation)
      } catch (error) {
        log.debug({ err: error }, 'a revocation was refused')
      }
    }
    return held
  }

  async #keep(revocation: DeviceRevocation, from?: string): Promise<boolean> {
    const { knows, watches, peers, revocations, clock } = this.#parts
    const { addressText: address } = revocation
    // A device that links here may have been handed on to the nodes that keep its address.
    if (address !== from && !knows(address) && !watches(address) && !peers.sector(address).candidate) return false
    await revocations.add(revocation, clock.now())
    return true
  }

  /** The revocations of an address; `ask`: with those of its home nodes, where this node is none. */
  async of(address: string, ask: boolean): Promise<Uint8Array[]> {
    const { peers, revocations } = this.#parts
    const { others, here } = peers.sector(address)
    const found = new Map<string, Uint8Array>()
    for (const node of ask && !here ? others : []) {
      const answer = await peers.request(node, 'getRevocations', { address }, 'revocations').catch(() => undefined)
      for (const { addressText, deviceId, signed } of await this.learn(answer?.revocations ?? []))
        if (addressText === address) found.set(deviceId, signed)
      if (answer) break
    }
    for (const { device, signed } of revocations.of(address)) found.set(device, signed)
    return [...found.values()].slice(0, MAX_REVOCATIONS)
  }
}
