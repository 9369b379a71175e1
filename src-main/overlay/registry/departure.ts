import { type Clock, type Log, sleep } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { isLive, type Ledger, type LedgerSigner, type NodeRegistry, type RegisteredNode } from '../../ledger/index.ts'
import { findAccount } from './account.ts'
import { REFUSED_MS } from './constants.ts'
import { ownRecords } from './own-records.ts'
import { OperatorSender, type Prepared, type Sent, type SpendingLedger } from './sender.ts'

/** A running node may change the record at the same moment. */
const ATTEMPTS = 5
const BETWEEN_MS = 1_000
/** Signed bytes that the ledger refuses are given up after a minute; an operator waits for that. */
const WAIT_MS = REFUSED_MS + 10_000

export interface DepartureOptions {
  dataDir: string
  ledger: SpendingLedger & Pick<Ledger, 'registry' | 'epoch' | 'balance' | 'prepareTransfer'>
  /** The registry's package, where it is not the chain's own. */
  packageId?: string
  clock: Clock
  log: Log
}

/** How a node stands in the registry. */
export interface Registration {
  state: 'none' | 'live' | 'lapsed' | 'leaving'
  account: string
  /** NANOS of the account. */
  balance: bigint
  epoch: bigint
  record?: RegisteredNode
  /** What the account has registered besides, as before the node got another key: a stake is behind each. */
  others: readonly RegisteredNode[]
}

/** What came of a withdrawal. */
export interface Withdrawal {
  /** Records whose stake was taken. */
  records: number
  /** What the account had then, before a transfer. */
  nanos: bigint
}

/** What an operator does with a registration, beside a running node or without it. */
export class OperatorDesk {
  readonly #options: DepartureOptions
  readonly #signer: LedgerSigner
  readonly #registry: NodeRegistry
  readonly #sender: OperatorSender

  private constructor(options: DepartureOptions, signer: LedgerSigner, registry: NodeRegistry) {
    this.#options = options
    this.#signer = signer
    this.#registry = registry
    const { ledger, dataDir, clock, log } = options
    this.#sender = new OperatorSender({ ledger, signer, dataDir, clock, log })
  }

  /** Throws `not_found` where this folder never registered a node or the ledger has no registry. */
  static async open(options: DepartureOptions): Promise<OperatorDesk> {
    const signer = await findAccount(options.dataDir)
    const registry = await options.ledger.registry(options.packageId)
    if (!registry) throw new ParleyError('not_found', 'This ledger has no registry of nodes.')
    const desk = new OperatorDesk(options, signer, registry)
    await desk.#sender.open()
    return desk
  }

  async status(): Promise<Registration> {
    const { ledger } = this.#options
    const [balance, { epoch }, [record, ...others]] = await Promise.all([
      ledger.balance(this.#signer.address),
      ledger.epoch(),
      this.#own(),
    ])
    const about = { account: this.#signer.address, balance, epoch, others }
    if (!record) return { state: 'none', ...about }
    const state = record.freeFrom !== 0n ? 'leaving' : isLive(record, epoch) ? 'live' : 'lapsed'
    return { state, ...about, record }
  }

  /**
   * Leaves the registry with the node's record, or the `object` of the account that is named; leaving twice is no error. Answers the epoch
   * from which the stake can be taken. Throws `not_found`.
   */
  async leave(object?: string): Promise<bigint> {
    await this.#send('leave', async () => {
      const record = await this.#needed(object)
      return record.freeFrom === 0n ? this.#registry.prepareChange({ kind: 'leave', record }) : undefined
    })
    return (await this.#needed(object)).freeFrom
  }

  /**
   * Takes the stake of the account's records back, or of the `object` that is named, and sends all of the account to `to` where that is
   * given. Throws `not_found`, and `conflict` while a stake is held, or where `to` would leave a record without means.
   */
  async withdraw(to?: string, object?: string): Promise<Withdrawal> {
    const { ledger } = this.#options
    const all = await this.#own()
    const wanted = object === undefined ? all : [await this.#needed(object)]
    // Without a record only the transfer is left to do, as after a crash between the two.
    if (wanted.length === 0 && to === undefined) throw notRegistered()
    const { epoch } = await ledger.epoch()
    for (const record of wanted) this.#checkFree(record, epoch)
    if (to !== undefined && all.length > wanted.length) throw recordLeft()
    for (const { object } of wanted) await this.#withdrawOne(object)
    const from = this.#signer.address
    const nanos = await ledger.balance(from)
    if (to !== undefined)
      await this.#send('transfer', async () => {
        if ((await ledger.balance(from)) === 0n) return undefined
        return ledger.prepareTransfer({ from, to, nanos: 0n, all: true })
      })
    return { records: wanted.length, nanos }
  }

  async #withdrawOne(object: string): Promise<void> {
    await this.#send('withdraw', async () => {
      const [record] = await this.#registry.records([object])
      return record && this.#registry.prepareChange({ kind: 'withdraw', record })
    })
  }

  #checkFree({ freeFrom }: RegisteredNode, epoch: bigint): void {
    if (freeFrom === 0n)
      throw new ParleyError('conflict', 'The node is in service: let it leave first, with “parley s2 leave”.', {
        reason: 'stake_held',
      })
    if (epoch < freeFrom)
      throw new ParleyError('conflict', `The stake can be taken from epoch ${freeFrom} on; now it is ${epoch}.`, {
        reason: 'stake_held',
      })
  }

  /** Signs what `prepare` makes of how things are then; what it signed once is never replaced while it can still be executed. */
  async #send(kind: Sent['kind'], prepare: () => Promise<Prepared | undefined>): Promise<void> {
    const { clock } = this.#options
    const until = clock.steady() + WAIT_MS
    for (let attempt = 1; ;) {
      try {
        const sent = await this.#sender.send(kind, prepare)
        if (!sent || sent.outcome?.status === 'success') return
        throw new ParleyError('conflict', `The ledger did not execute it: ${sent.outcome?.error ?? 'refused'}`)
      } catch (error) {
        if (!(error instanceof ParleyError) || error.code !== 'conflict' || isFinal(error)) throw error
        const isRefused = error.reason === 'refused'
        if (isRefused ? clock.steady() >= until : attempt++ === ATTEMPTS) throw error
        await sleep(clock, BETWEEN_MS)
      }
    }
  }

  async #needed(object?: string): Promise<RegisteredNode> {
    const records = await this.#own()
    const record = object === undefined ? records[0] : records.find((each) => each.object === object)
    if (!record) throw notRegistered()
    return record
  }

  /** The account's records; that of the node first, as far as this folder knows which it is. */
  async #own(): Promise<RegisteredNode[]> {
    const { object, registered } = this.#sender
    const owner = this.#signer.address
    const known = object ?? (registered !== undefined ? await this.#registry.registeredBy(registered) : undefined)
    // A ledger may have forgotten the events of long ago, but not the object.
    const named = known === undefined ? [] : await this.#registry.records([known])
    const first = named.filter((record) => record.owner === owner)
    const rest = (await ownRecords(this.#registry, owner)).filter((record) => record.object !== first[0]?.object)
    return [...first, ...rest]
  }
}

/** Trying again changes nothing, or another process has waited long enough already. */
function isFinal({ reason }: ParleyError): boolean {
  return reason === 'stake_held' || reason === 'account_busy'
}

function notRegistered(): ParleyError {
  return new ParleyError('not_found', 'This node is not registered.')
}

function recordLeft(): ParleyError {
  const sentence = 'The account pays for another record: take the stake without --to, or let that node leave as well.'
  return new ParleyError('conflict', sentence, { reason: 'record_left' })
}
