import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, type Log, type Random } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { Ledger } from '../../ledger/index.ts'
import { openNodeFiles } from '../node/files.ts'
import { findAccount } from '../registry/account.ts'
import { OperatorSender, type SpendingLedger } from '../registry/sender.ts'
import { NO_PRICES } from './prices.ts'
import { BOOK_FILE, openFees, type OpenFees } from './service.ts'

/** Channels that are named, the newest; the sums are of all. */
const MOST_CHANNELS = 1_000
const NEVER = Number.MAX_SAFE_INTEGER

export interface Rewards {
  /** Address that is paid. */
  owner: string
  /** NANOS promised in channels that are not closed yet, and paid out from those that are. */
  open: bigint
  collected: bigint
  /** NANOS that devices used and no voucher promises yet: nothing to collect before one does. */
  unpaid: bigint
  channels: { id: string; state: string; paid: bigint; deposited: bigint; closesAt: number }[]
}

export interface RewardDeskOptions {
  /** The node's folder. */
  dataDir: string
  ledger: SpendingLedger & Pick<Ledger, 'chain' | 'channels' | 'faucet' | 'epoch'>
  /** Id of the package with the channels; the chain's own where it is absent. */
  packageId?: string
  clock: Clock
  random: Random
  log: Log
}

/** What an operator does with a node's rewards, beside a running node or without it. `close` it. */
export class RewardDesk {
  readonly #fees: OpenFees

  private constructor(fees: OpenFees) {
    this.#fees = fees
  }

  /** Throws `not_found` where this folder is of no node with prices. */
  static async open(options: RewardDeskOptions): Promise<RewardDesk> {
    const { dataDir, ledger, packageId, clock, random, log } = options
    await access(join(dataDir, BOOK_FILE)).catch((cause: unknown) => {
      throw new ParleyError('not_found', 'There is no account book of a node in this folder.', { cause })
    })
    const signer = await findAccount(dataDir)
    const sender = new OperatorSender({ ledger, signer, dataDir, clock, log })
    const { key } = await openNodeFiles(dataDir, clock, random)
    const chain = await ledger.chain()
    const contract = packageId === undefined ? {} : { packageId }
    // Nothing is closed for its age or its end here: only what the operator asks for.
    const rest = { prices: NO_PRICES, allowanceBytes: 0, collectAfterEpochs: NEVER }
    const fees = openFees({
      options: { ...rest, ledger, ...contract },
      dataDir,
      key,
      sender,
      chain: () => chain,
      clock,
      random,
      log,
    })
    return new RewardDesk(fees)
  }

  rewards(): Rewards {
    const { book, sender } = this.#fees
    const channels = book.channels.newest(MOST_CHANNELS)
    return {
      owner: sender.address,
      ...book.channels.sums(),
      unpaid: book.unpaid(),
      channels: channels.map(({ id, state, paid, deposited, closesAt }) => ({ id, state, paid, deposited, closesAt })),
    }
  }

  /** Begins to close every channel with a voucher and settles those whose window is over. */
  collect(): ReturnType<OpenFees['collector']['collect']> {
    return this.#fees.collector.collect(true)
  }

  close(): void {
    this.#fees.book.close()
  }
}
