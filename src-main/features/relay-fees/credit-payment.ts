import { ParleyError } from '../../contract/index.ts'
import type { ChannelCall, Channels } from '../../ledger/index.ts'
import type { RelayCreditRow } from '../../store/index.ts'
import { checkFee } from './credit-checks.ts'
import type { RelayFeesParts } from './types.ts'

export interface PayOptions {
  /** Runs in the transaction that writes it down. */
  onRecord?: (digest: string) => void
  /** NANOS of fees that were agreed to. */
  most?: bigint | undefined
}

/** The credit, what is done with its channel, and NANOS that go into it or come back. */
export type CreditPayment = [row: RelayCreditRow, call: ChannelCall, nanos: bigint, options?: PayOptions]

/** A step of a channel, by the wallet. Throws `conflict` before anything is signed where it takes more fees than were agreed to. */
export function payCredit(parts: RelayFeesParts, ...[row, call, nanos, options = {}]: CreditPayment) {
  const { onRecord, most } = options
  const prepare = async (reserved: ReadonlySet<string>) => {
    const prepared = await (await channelsOf(parts)).prepare({ from: parts.self, call, reserved })
    checkFee(prepared.fee, most)
    return { ...prepared, nanos }
  }
  const isDeposit = call.kind === 'open' || call.kind === 'deposit'
  const order = { account: 0, to: row.owner, nanos, kind: 'credit', prepare } as const
  return parts.wallet.pay({ ...order, ...(!isDeposit && { direction: 'in' }), ...(onRecord && { onRecord }) })
}

/** Throws `not_supported`. */
export async function channelsOf({ ledger }: Pick<RelayFeesParts, 'ledger'>): Promise<Channels> {
  const channels = await ledger.channels()
  if (channels) return channels
  throw new ParleyError('not_supported', 'This ledger has no contract for credits.')
}
