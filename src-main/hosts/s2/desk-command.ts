import { withNodeDesk } from '../../app/index.ts'
import { createLog } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { OperatorDesk, Registration, Withdrawal } from '../../overlay/index.ts'
import { parseAddress } from '../../wire/index.ts'
import { checkLedgerUrl } from './ledger-url.ts'
import { withPatience } from './patience.ts'
import type { S2Io } from './s2-command.ts'

export interface DeskArgs {
  ledger: string
  /** Folder of the node. */
  data: string
  /** Id of the registry's package; the chain's own where it is absent. */
  packageId?: string
  /** For `withdraw`: where everything that the account has goes. */
  to?: string
  /** For `leave` and `withdraw`: one record of several that the account has. */
  record?: string
}

/** `say` writes for a person, where one looks. */
export type DeskIo = Pick<S2Io, 'print' | 'log'> & { say?: (line: string) => void }

export const deskActions = ['leave', 'withdraw', 'status'] as const
export type DeskAction = (typeof deskActions)[number]

/** `parley s2 leave`, `withdraw` and `status`: prints one JSON line; amounts are NANOS. Throws what the registry refuses. */
export async function runDesk(action: DeskAction, args: DeskArgs, io: DeskIo): Promise<number> {
  checkLedgerUrl(args.ledger)
  if (args.to !== undefined && action !== 'withdraw')
    throw new ParleyError('invalid_params', '--to belongs to “parley s2 withdraw”.')
  const to = args.to === undefined ? undefined : parseAddress(args.to).address
  if (args.record !== undefined && action === 'status')
    throw new ParleyError('invalid_params', '--record belongs to “parley s2 leave” and “parley s2 withdraw”.')
  const record = args.record === undefined ? undefined : parseAddress(args.record).address
  const { ledger: ledgerUrl, data: dataDir, packageId } = args
  const log = (io.log ?? createLog()).child({ part: 's2' })
  const options = { ledgerUrl, dataDir, ...(packageId !== undefined && { packageId }), log }
  const work = async (desk: OperatorDesk) => {
    if (action === 'leave') io.print(line({ left: true, freeFrom: await desk.leave(record) }))
    if (action === 'withdraw') io.print(withdrawnLine(await desk.withdraw(to, record), to))
    if (action === 'status') io.print(statusLine(await desk.status()))
    return 0
  }
  return await withPatience(io.say, () => withNodeDesk(options, work))
}

/** `withdrawn` tells whether a stake was taken: without one only what was left on the account went to `to`. */
function withdrawnLine({ records, nanos }: Withdrawal, to: string | undefined): string {
  return line({ withdrawn: records > 0, nanos, to })
}

function statusLine({ record, others, ...about }: Registration): string {
  const more = others.map(({ object, nodeKey, stake, freeFrom }) => ({ object, node: nodeKey, stake, freeFrom }))
  const status = { ...about, ...(more.length > 0 && { others: more }) }
  if (!record) return line(status)
  const { object, nodeKey: node, stake, renewed, freeFrom, profile } = record
  const { endpoints, prices } = profile
  return line({ ...status, node, object, stake, renewed, ...(freeFrom !== 0n && { freeFrom }), endpoints, prices })
}

function line(value: object): string {
  return JSON.stringify(value, (_name, each: unknown) => (typeof each === 'bigint' ? each.toString() : each))
}
