import { ParleyError, toParleyError } from '../../contract/index.ts'
import type { SendResult } from '../types.ts'

/** What a node has done since it started, without a word of who or what. */
export class NodeCounters {
  readonly sends: Record<SendResult, number> = { delivered: 0, queued: 0, dropped: 0 }
  /** Refused sends by error code; the codes are a closed list, so this cannot grow. */
  readonly refused = new Map<string, number>()
  /** Bytes of frames on links. */
  received = 0
  sent = 0
  envelopeBytes = 0

  /** Counts a send by how it ended. */
  async send(bytes: number, work: () => Promise<SendResult>): Promise<SendResult> {
    try {
      const result = await work()
      this.sends[result]++
      this.envelopeBytes += bytes
      return result
    } catch (thrown) {
      const { code } = thrown instanceof ParleyError ? thrown : toParleyError(thrown)
      this.refused.set(code, (this.refused.get(code) ?? 0) + 1)
      throw thrown
    }
  }
}
