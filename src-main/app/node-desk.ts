import { type Clock, type Log, systemClock } from '../base/index.ts'
import { createIotaLedger } from '../ledger/index.ts'
import { OperatorDesk } from '../overlay/index.ts'

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
