import { type Clock, type Log, silentLog, sleep } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { isLive, type Ledger, type LedgerSigner, type NodeRegistry, type RegisteredNode } from '../../ledger/index.ts'
import { findAccount } from './account.ts'
import { REFUSED_MS } from './constants.ts'
import { JsonFile } from './files.ts'
import { RegistryFollower } from './follower.ts'
import { knownSchema } from './known-records.ts'
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
    const [balance, { epoch }, record] = await Promise.all([
      ledger.balance(this.#signer.address),
      ledger.epoch(),
      this.#own(),
    ])
    const about = { account: this.#signer.address, balance, epoch }
    if (!record) return { state: 'none', ...about }
    const state = record.freeFrom !== 0n ? 'leaving' : isLive(record, epoch) ? 'live' : 'lapsed'
    return { state, ...about, record }
  }

  /** Leaves the registry; leaving twice is no error. Answers the epoch from which the stake can be taken. */
  async leave(): Promise<bigint> {
    await this.#send('leave', async () => {
      const record = await this.#needed()
      return record.freeFrom === 0n ? this.#registry.prepareChange({ kind: 'leave', record }) : undefined
    })
    return (await this.#needed()).freeFrom
  }

  /**
   * Takes the stake back, and sends all of the account to `to` where that is given. Throws `conflict` while it is held.
   * Answers the NANOS that the account had before the transfer.
   */
  async withdraw(to?: string): Promise<bigint> {
    const { ledger } = this.#options
    let isThere = false
    await this.#send('withdraw', async () => {
      const record = await this.#own()
      if (!record) return undefined
      isThere = true
      this.#checkFree(record, (await ledger.epoch()).epoch)
      return this.#registry.prepareChange({ kind: 'withdraw', record })
    })
    // Without a record only the transfer is left to do, as after a crash between the two.
    if (!isThere && to === undefined) throw notRegistered()
    const from = this.#signer.address
    const nanos = await ledger.balance(from)
    if (to === undefined) return nanos
    await this.#send('transfer', async () => {
      if ((await ledger.balance(from)) === 0n) return undefined
      return ledger.prepareTransfer({ from, to, nanos: 0n, all: true })
    })
    return nanos
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
    const until = clock.now() + WAIT_MS
    for (let attempt = 1; ;) {
      try {
        const sent = await this.#sender.send(kind, prepare)
        if (!sent || sent.outcome?.status === 'success') return
        throw new ParleyError('conflict', `The ledger did not execute it: ${sent.outcome?.error ?? 'refused'}`)
      } catch (error) {
        if (!(error instanceof ParleyError) || error.code !== 'conflict' || isFinal(error)) throw error
        const isRefused = error.reason === 'refused'
        if (isRefused ? clock.now() >= until : attempt++ === ATTEMPTS) throw error
        await sleep(clock, BETWEEN_MS)
      }
    }
  }

  async #needed(): Promise<RegisteredNode> {
    const record = await this.#own()
    if (!record) throw notRegistered()
    return record
  }

  async #own(): Promise<RegisteredNode | undefined> {
    const { ledger, clock } = this.#options
    const mine = (record: RegisteredNode | undefined) => record?.owner === this.#signer.address
    const { object, registered } = this.#sender
    const known = object ?? (registered !== undefined ? await this.#registry.registeredBy(registered) : undefined)
    if (known !== undefined) return (await this.#registry.records([known])).find(mine)
    const file = new JsonFile(undefined, 'registry.json', knownSchema)
    const find = () => Promise.resolve(this.#registry)
    const follower = new RegistryFollower({ find, epoch: () => ledger.epoch(), file, clock, log: silentLog })
    await follower.refresh()
    follower.stop()
    return [...follower.live.values()].find(mine)
  }
}

/** Trying again changes nothing, or another process has waited long enough already. */
function isFinal({ reason }: ParleyError): boolean {
  return reason === 'stake_held' || reason === 'account_busy'
}

function notRegistered(): ParleyError {
  return new ParleyError('not_found', 'This node is not registered.')
}
