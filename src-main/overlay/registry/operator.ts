import type { Clock, Log, Random } from '../../base/index.ts'
import { openAccount } from './account.ts'
import { OperatorSender, type SpendingLedger } from './sender.ts'

export interface OperatorParts {
  ledger: SpendingLedger
  /** Without a folder the account lasts as long as the node. */
  dataDir: string | undefined
  clock: Clock
  random: Random
  log: Log
}

/** The account of a node's operator, opened once for all of its parts. Rejects with `storage_damaged`. */
export function operatorOf({ ledger, dataDir, clock, random, log }: OperatorParts): () => Promise<OperatorSender> {
  const open = async () => {
    const sender = new OperatorSender({ ledger, signer: await openAccount(dataDir, random), dataDir, clock, log })
    await sender.open()
    return sender
  }
  let opened: Promise<OperatorSender> | undefined
  return () => (opened ??= open())
}
