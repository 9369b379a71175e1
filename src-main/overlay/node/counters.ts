import { ParleyError, toParleyError } from '../../contract/index.ts'
import type { LinkFrameName } from '../../wire/index.ts'
import type { SendResult } from '../types.ts'

/** Frames of services by who sent them and how serving ended: `ok` or an error code. */
export interface Served {
  from: 'device' | 'node'
  frame: LinkFrameName
  result: string
  count: number
}

/** What a node has done since it started, without a word of who or what. */
export class NodeCounters {
  readonly sends: Record<SendResult, number> = { delivered: 0, queued: 0, dropped: 0 }
  /** Refused sends by error code; the codes are a closed list, so this cannot grow. */
  readonly refused = new Map<string, number>()
  /** Connections that were not let in, by the limit that they met. */
  readonly turnedAway = { full: 0, rate: 0, host: 0, network: 0 }
  /** Links that were closed because all together had not read too much. */
  cutOff = 0
  /** How often a link with another node was not read for a while, because that one sent more than it may. */
  heldBack = 0
  /** STUN questions over UDP: answered, and left unanswered by their limits. */
  readonly stun = { answered: 0, limited: 0 }
  /** By sender, frame and result, each a closed list, so this cannot grow. */
  readonly #served = new Map<string, Served>()
  /** Bytes of frames on links. */
  received = 0
  sent = 0
  envelopeBytes = 0

  /** Counts a send by how it ended. */
  async send(bytes: number, work: () => Promise<SendResult>): Promise<SendResult> {
    try {
      const result = await work()
      this.ended(result, bytes)
      return result
    } catch (thrown) {
      this.refuse(thrown)
      throw thrown
    }
  }

  /** A send ended so. */
  ended(result: SendResult, bytes: number): void {
    this.sends[result]++
    this.envelopeBytes += bytes
  }

  /** Frames of services: group logs, ICE servers, fees, the gateway, replication. */
  served(): Served[] {
    return [...this.#served.values()]
  }

  /** Counts the serving of a service's frame by how it ended. */
  async serve(from: Served['from'], frame: LinkFrameName, work: () => void | Promise<void>): Promise<void> {
    try {
      await work()
      this.#ended(from, frame, 'ok')
    } catch (thrown) {
      this.#ended(from, frame, codeOf(thrown))
      throw thrown
    }
  }

  #ended(from: Served['from'], frame: LinkFrameName, result: string): void {
    const name = `${from} ${frame} ${result}`
    const known = this.#served.get(name)
    if (known) known.count++
    else this.#served.set(name, { from, frame, result, count: 1 })
  }

  /** A send was refused. */
  refuse(thrown: unknown): void {
    const code = codeOf(thrown)
    this.refused.set(code, (this.refused.get(code) ?? 0) + 1)
  }
}

function codeOf(thrown: unknown): string {
  return (thrown instanceof ParleyError ? thrown : toParleyError(thrown)).code
}
