import type { LocalNode } from '../node.ts'
import { NO_GAS } from './effects-view.ts'
import type { TransactionOptions } from './params.ts'

const NOBODY = `0x${'0'.repeat(64)}`
const NO_DIGEST = '1'.repeat(32)

/** The transaction of checkpoint 0, which nobody signed: readers that walk the checkpoints meet it. */
export function genesisView({ chain }: LocalNode, options: TransactionOptions): object {
  return {
    digest: chain.genesisDigest,
    ...(options?.showInput ? { transaction: { data: GENESIS_DATA, txSignatures: [] } } : {}),
    ...(options?.showEffects ? { effects: genesisEffects(chain.genesisDigest) } : {}),
    ...(options?.showEvents ? { events: [] } : {}),
    ...(options?.showObjectChanges ? { objectChanges: [] } : {}),
    ...(options?.showBalanceChanges ? { balanceChanges: [] } : {}),
    timestampMs: String(chain.genesisTime),
    checkpoint: '0',
  }
}

const GENESIS_DATA = {
  messageVersion: 'v1',
  transaction: { kind: 'Genesis', objects: [], events: [] },
  sender: NOBODY,
  gasData: { payment: [], owner: NOBODY, price: '1', budget: '0' },
}

function genesisEffects(transactionDigest: string): object {
  return {
    messageVersion: 'v1',
    status: { status: 'success' },
    executedEpoch: '0',
    gasUsed: NO_GAS,
    transactionDigest,
    gasObject: {
      owner: { AddressOwner: NOBODY },
      reference: { objectId: NOBODY, version: 0, digest: NO_DIGEST },
    },
    dependencies: [],
  }
}
