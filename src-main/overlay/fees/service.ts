import { join } from 'node:path'
import type { Clock, Log, Random } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { SigningKey } from '../../crypto/index.ts'
import type { Channels, Ledger, NodePrices } from '../../ledger/index.ts'
import type { LinkInput } from '../../wire/index.ts'
import type { DeviceHandlers, NodeService } from '../node/service.ts'
import type { OperatorSender, SpendingLedger } from '../registry/sender.ts'
import type { DeviceLink } from '../relay/device-link.ts'
import type { RelayPostage, StrangersRequest } from '../relay/types.ts'
import type { SendResult } from '../types.ts'
import { FeeBook } from './book.ts'
import { Collector } from './collector.ts'
import { freeMeter, type Meter } from './meter.ts'
import { PaidMeter } from './paid-meter.ts'
import { PostageDesk } from './postage.ts'
import { creditOf, isMetered, nanosOf } from './prices.ts'
import { RewardSums, type RewardTotals } from './reward-sums.ts'
import { VoucherDesk } from './vouchers.ts'

export const BOOK_FILE = 'fees.db'
/** A day: a node may be away for an evening without losing what it was promised. */
const WINDOW_MS = 86_400_000
const COLLECT_AFTER_EPOCHS = 7
const PRUNE_MS = 3_600_000

export interface FeeOptions {
  /** NANOS; the same as in the node's record on the ledger. */
  prices: NodePrices
  /** Bytes that an address may have relayed in a UTC day for nothing. */
  allowanceBytes: number
  /** NANOS that a stranger pays in advance for a contact request; none unless told. */
  postage?: bigint
  ledger: SpendingLedger & Pick<Ledger, 'channels' | 'faucet' | 'epoch'>
  /** Id of the package with the channels; the chain's own where it is absent. */
  packageId?: string
  /** Least challenge window of a channel in milliseconds; a day unless told. */
  windowMs?: number
  /** Epochs after which a channel is closed; 7 unless told. */
  collectAfterEpochs?: number
}

export interface FeeServiceParts {
  /** A node without them is free. */
  options: FeeOptions | undefined
  /** The account that is paid. */
  operator: () => Promise<OperatorSender>
  dataDir: string | undefined
  key: SigningKey
  /** Object id of the node's record on the ledger. */
  record: () => string | null
  chain: () => string
  clock: Clock
  random: Random
  log: Log
}

/** A node's fees: what it counts, what it tells of its prices, the vouchers that it takes, and its rewards. */
export class FeeService implements NodeService, Meter, RelayPostage {
  readonly deviceFrames: DeviceHandlers
  readonly #parts: FeeServiceParts
  #open: OpenFees | undefined
  #sums: RewardSums | undefined
  #cancel = () => {}

  constructor(parts: FeeServiceParts) {
    this.#parts = parts
    this.deviceFrames = {
      getFees: async (link, { id }) => link.connection.send('fees', id, await this.#told(link)),
      voucher: async (link, { id, body }) => {
        await this.#needed().desk.take(link.sender, body)
        link.connection.send('fees', id, await this.#told(link))
      },
      closeChannel: async (link, { id, body }) => {
        link.connection.send('closeConsent', id, { signature: await this.#needed().desk.consent(link.sender, body) })
      },
    }
  }

  /** Address that is paid; undefined where nothing is asked for. */
  get owner(): string | undefined {
    return this.#open?.sender.address
  }

  /** What a forwarded transaction must pay. */
  forwarding(): { nanos: bigint; to: string } | undefined {
    const to = this.owner
    return to === undefined ? undefined : { nanos: this.#parts.options?.prices.forwardedTransaction ?? 0n, to }
  }

  /** Throws `storage_damaged`. */
  async start(): Promise<void> {
    const { options, operator } = this.#parts
    if (!options) return
    this.#open = openFees({ ...this.#parts, options, sender: await operator() })
    this.#sums = new RewardSums(this.#open.book, this.#parts.clock)
    this.#open.collector.start()
    this.#prune()
  }

  async stop(): Promise<void> {
    this.#cancel()
    await this.#open?.collector.stop()
    this.#open?.book.close()
    this.#open = undefined
    this.#sums = undefined
  }

  /** Undefined where nothing is asked for. */
  rewards(): RewardTotals | undefined {
    return this.#sums?.read()
  }

  get isFree(): boolean {
    const { options } = this.#parts
    return !options || !isMetered(options.prices)
  }

  readonly send: Meter['send'] = (...given) => this.#meter.send(...given)
  readonly append: Meter['append'] = (...given) => this.#meter.append(...given)
  readonly read: Meter['read'] = (...given) => this.#meter.read(...given)
  readonly covers: Meter['covers'] = (from) => this.#meter.covers(from)

  /** A request of a stranger to a device that this node knows. Throws `payment_required`. */
  carry(request: StrangersRequest, work: () => Promise<SendResult>): Promise<SendResult> {
    return this.#parts.options?.postage ? this.#needed().postage.carry(request, work) : work()
  }

  get #meter(): Meter {
    return this.isFree ? freeMeter : this.#needed().meter
  }

  async #told({ sender: payer }: DeviceLink): Promise<LinkInput<'fees'>> {
    const { options, record } = this.#parts
    if (!options) return FREE
    const { address, device } = payer
    const { book, meter, sender, channels } = this.#needed()
    const newest = book
      .channelsOf(address, device)
      .filter(({ state }) => state === 'open')
      .at(-1)
    const { charged, relayedBytes, storedByteMs, postage: posted } = book.use(address, device)
    const unpaid = meter.unpaid(payer)
    const { packageId } = await channels()
    const windowMs = options.windowMs ?? WINDOW_MS
    return {
      prices: options.prices,
      allowance: BigInt(options.allowanceBytes),
      usedToday: BigInt(meter.usedToday(address)),
      credit: creditOf(options.prices),
      postage: options.postage ?? 0n,
      payee: { owner: sender.address, packageId, windowMs: BigInt(windowMs), record: record() },
      meter: book.meter,
      relayedBytes,
      storedByteMs,
      charged: nanosOf(charged),
      posted,
      unpaid: unpaid > 0n ? unpaid : 0n,
      ahead: unpaid < 0n ? -unpaid : 0n,
      voucher: newest?.signature
        ? { channel: newest.id, deposited: newest.counted, paid: newest.paid, signature: newest.signature }
        : null,
    }
  }

  #needed(): OpenFees {
    if (this.#open) return this.#open
    throw new ParleyError('not_supported', 'This node takes no payment.')
  }

  #prune(): void {
    const { clock, log } = this.#parts
    try {
      this.#open?.book.prune(clock.now())
    } catch (error) {
      log.warn({ err: error }, 'old accounts could not be forgotten')
    }
    this.#cancel = clock.after(PRUNE_MS, () => this.#prune())
  }
}

const FREE: LinkInput<'fees'> = {
  prices: { relayedMb: 0n, storedMbDay: 0n, forwardedTransaction: 0n },
  allowance: 0n,
  usedToday: 0n,
  credit: 0n,
  postage: 0n,
  payee: null,
  meter: 0n,
  relayedBytes: 0n,
  storedByteMs: 0n,
  charged: 0n,
  posted: 0n,
  unpaid: 0n,
  ahead: 0n,
  voucher: null,
}

export interface OpenFees {
  book: FeeBook
  meter: PaidMeter
  postage: PostageDesk
  desk: VoucherDesk
  collector: Collector
  sender: OperatorSender
  channels: () => Promise<Channels>
}

/** The parts of a node's fees over its folder; nothing runs yet. The book must be closed. */
export function openFees(
  parts: Omit<FeeServiceParts, 'options' | 'record' | 'operator'> & { options: FeeOptions; sender: OperatorSender },
): OpenFees {
  const { options, sender, dataDir, key, chain, clock, random, log } = parts
  const { prices, allowanceBytes, postage: nanos = 0n, ledger, packageId } = options
  const windowMs = options.windowMs ?? WINDOW_MS
  const number = Buffer.from(random.bytes(6)).readUIntBE(0, 6)
  const book = new FeeBook(dataDir === undefined ? ':memory:' : join(dataDir, BOOK_FILE), number)
  const postage = new PostageDesk({ book, nanos, clock })
  const held = (device: string) => postage.held(device)
  const meter = new PaidMeter({ book, prices, allowanceBytes, clock, held })
  let found: Channels | undefined
  const channels = async () => {
    found ??= await ledger.channels(packageId)
    if (!found) throw new ParleyError('not_found', "The node's ledger has no channels.")
    return found
  }
  const epoch = () => ledger.epoch()
  const unpaid: PaidMeter['unpaid'] = (payer) => meter.unpaid(payer)
  const owner = () => sender.address
  const desk = new VoucherDesk({ book, key, owner, chain, channels, epoch, windowMs, unpaid, clock })
  const collectAfterEpochs = options.collectAfterEpochs ?? COLLECT_AFTER_EPOCHS
  const rest = { ledger, prices, windowMs, collectAfterEpochs, clock, log }
  const collector = new Collector({ book, key, sender, chain, channels, ...rest })
  return { book, meter, postage, desk, collector, sender, channels }
}
