import { type Clock, type Log, systemClock, systemRandom } from '../base/index.ts'
import { createIotaLedger } from '../ledger/index.ts'
import { OperatorDesk, RewardDesk } from '../overlay/index.ts'

export interface NodeDeskOptions {
  ledgerUrl: string
  /** The node's folder. */
  dataDir: string
  /** Id of the registry's package; the chain's own where it is absent. */
  packageId?: string
  log: Log
  clock?: Clock
}

/** What an operator does with a node's registration on a real ledger; ends when `work` does. */
export async function withNodeDesk<T>(options: NodeDeskOptions, work: (desk: OperatorDesk) => Promise<T>): Promise<T> {
  const { ledgerUrl, log, clock = systemClock, ...rest } = options
  const ledger = createIotaLedger({ url: ledgerUrl, clock, log })
  try {
    return await work(await OperatorDesk.open({ ...rest, ledger, clock, log }))
  } finally {
    ledger.close()
  }
}

/** The same for a node's rewards. */
export async function withRewardDesk<T>(options: NodeDeskOptions, work: (desk: RewardDesk) => Promise<T>): Promise<T> {
  const { ledgerUrl, log, clock = systemClock, ...rest } = options
  const ledger = createIotaLedger({ url: ledgerUrl, clock, log })
  try {
    const desk = await RewardDesk.open({ ...rest, ledger, clock, random: systemRandom, log })
    try {
      return await work(desk)
    } finally {
      desk.close()
    }
  } finally {
    ledger.close()
  }
}
