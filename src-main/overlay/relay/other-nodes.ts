import type { Clock, Log } from '../../base/index.ts'
import { type ErrorCode, ParleyError } from '../../contract/index.ts'
import type { NodeRecordValue, SendRequest } from '../../wire/index.ts'
import { fromElsewhere } from '../fees/asks.ts'
import { askAll, askInTurn } from '../sector/ask.ts'
import type { SendResult } from '../types.ts'
import type { RelayPeers, Sector, Sender } from './types.ts'

/** A home node that has not answered after this is asked no more alone: a live delivery takes milliseconds. */
const HEDGE_MS = 1_500
/** A node could not be asked: it may be the one that knows the recipient. */
const AWAY: ReadonlySet<ErrorCode> = new Set(['offline', 'timeout'])

/** The way of an envelope over other nodes. */
export class OtherNodes {
  readonly #options: { peers: RelayPeers; clock: Clock; log: Log }

  constructor(options: { peers: RelayPeers; clock: Clock; log: Log }) {
    this.#options = options
  }

  /** All candidates are asked at once whether the device is linked there: the envelope itself goes to one that says so. */
  async live({ others, spare }: Sector, sender: Sender, send: SendRequest): Promise<boolean> {
    const found = await askAll(
      [...others, ...spare],
      async (node) => {
        if (!(await this.#options.peers.findDevice(node, send.address, send.device))) return undefined
        return (await this.#options.peers.relay(node, sender, send, true)) === 'delivered' ? true : undefined
      },
      (error) => this.#options.log.debug({ err: error }, 'a live delivery through another node failed'),
    )
    return found === true
  }

  /** To the home nodes in order, then the other candidates: nothing is lost by a repeat, so a silent one is not waited for. */
  async forward({ others, spare }: Sector, sender: Sender, send: SendRequest): Promise<SendResult> {
    let refusal: ParleyError | undefined
    let away: ParleyError | undefined
    const ask = async (node: NodeRecordValue) => {
      try {
        return await this.#options.peers.relay(node, sender, send, false)
      } catch (error) {
        if (error instanceof ParleyError && AWAY.has(error.code)) away ??= error
        else if (error instanceof ParleyError && error.code !== 'not_found') refusal ??= error
        throw error
      }
    }
    const isFinal = (error: unknown) => error instanceof ParleyError && error.code === 'revoked'
    try {
      return await askInTurn(this.#options.clock, [...others, ...spare], HEDGE_MS, ask, isFinal)
    } catch (error) {
      throw fromElsewhere(refusal ?? away ?? error)
    }
  }
}
