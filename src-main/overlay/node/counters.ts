import { ParleyError, toParleyError } from '../../contract/index.ts'
import type { SendResult } from '../types.ts'

/** What a node has done since it started, without a word of who or what. */
export class NodeCounters {
  readonly sends: Record<SendResult, number> = { delivered: 0, queued: 0, dropped: 0 }
  /** Refused sends by error code; the codes are a closed list, so this cannot grow. */
  readonly refused = new Map<string, number>()
  /** Connections that were not let in, by the limit that they met. */
  readonly turnedAway = { full: 0, rate: 0, host: 0, network: 0 }
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

  /** A send was refused. */
  refuse(thrown: unknown): void {
    const { code } = thrown instanceof ParleyError ? thrown : toParleyError(thrown)
    this.refused.set(code, (this.refused.get(code) ?? 0) + 1)
  }
}
