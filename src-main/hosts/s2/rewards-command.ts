import { withRewardDesk } from '../../app/index.ts'
import { createLog } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { RewardDesk } from '../../overlay/index.ts'
import type { DeskArgs, DeskIo } from './desk-command.ts'
import { withPatience } from './patience.ts'

export const rewardActions = ['rewards', 'collect'] as const
export type RewardAction = (typeof rewardActions)[number]

/** `parley s2 rewards` and `collect`: prints one JSON line; amounts are NANOS. */
export async function runRewards(
  action: RewardAction,
  { ledger: ledgerUrl, data: dataDir, packageId, to, record }: DeskArgs,
  io: DeskIo,
): Promise<number> {
  if (to !== undefined) throw new ParleyError('invalid_params', '--to belongs to “parley s2 withdraw”.')
  if (record !== undefined)
    throw new ParleyError('invalid_params', '--record belongs to “parley s2 leave” and “parley s2 withdraw”.')
  const log = (io.log ?? createLog()).child({ part: 's2' })
  const options = { ledgerUrl, dataDir, ...(packageId !== undefined && { packageId }), log }
  const work = async (desk: RewardDesk) => {
    const collected = action === 'collect' ? await desk.collect() : {}
    io.print(
      JSON.stringify({ ...desk.rewards(), ...collected }, (_name, value: unknown) =>
        typeof value === 'bigint' ? value.toString() : value,
      ),
    )
    return 0
  }
  return await withPatience(io.say, () => withRewardDesk(options, work))
}
