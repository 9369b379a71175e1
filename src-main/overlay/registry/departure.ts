import { type Clock, type Log, silentLog, sleep } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { isLive, type Ledger, type LedgerSigner, type NodeRegistry, type RegisteredNode } from '../../ledger/index.ts'
import { findAccount } from './account.ts'
import { JsonFile } from './files.ts'
import { RegistryFollower } from './follower.ts'
import { knownSchema } from './known-records.ts'
import { OperatorSender, type Pending } from './sender.ts'
import { REGISTRATION_FILE } from './service.ts'

/** A running node may use the same coins or the record at the same moment. */
const ATTEMPTS = 5
const BETWEEN_MS = 1_000

export interface DepartureOptions {
  dataDir: string
  ledger: Pick<Ledger, 'registry' | 'epoch' | 'submit' | 'outcome' | 'balance' | 'prepareTransfer'>
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
    this.#sender = new OperatorSender({ ledger, signer, dataDir, name: 'departure.json', clock, log })
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
    await this.#finish()
    const record = await this.#needed()
    if (record.freeFrom !== 0n) return record.freeFrom
    await this.#send('leave', () => this.#registry.prepareChange({ kind: 'leave', record }))
    return (await this.#needed()).freeFrom
  }

  /**
   * Takes the stake back, and sends all of the account to `to` where that is given. Throws `conflict` while it is held.
   * Answers the NANOS that the account had before the transfer.
   */
  async withdraw(to?: string): Promise<bigint> {
    await this.#finish()
    const { ledger } = this.#options
    const record = await this.#own()
    // Without a record only the transfer is left to do, as after a crash between the two.
    if (!record && to === undefined) throw notRegistered()
    if (record) {
      const { epoch } = await ledger.epoch()
      this.#checkFree(record, epoch)
      await this.#send('withdraw', () => this.#registry.prepareChange({ kind: 'withdraw', record }))
    }
    const from = this.#signer.address
    const nanos = await ledger.balance(from)
    if (to !== undefined) await this.#send('transfer', () => ledger.prepareTransfer({ from, to, nanos: 0n, all: true }))
    return nanos
  }

  #checkFree({ freeFrom }: RegisteredNode, epoch: bigint): void {
    if (freeFrom === 0n)
      throw new ParleyError('conflict', 'The node is in service: let it leave first, with “parley s2 leave”.')
    if (epoch < freeFrom)
      throw new ParleyError('conflict', `The stake can be taken from epoch ${freeFrom} on; now it is ${epoch}.`)
  }

  /** What a run before has signed is sent before anything else is. */
  async #finish(): Promise<void> {
    if (!this.#sender.pending) return
    await this.#sender.resend().catch((error: unknown) => {
      // Refused: what the record and the balance are now decides what is left to do.
      if (!(error instanceof ParleyError) || error.code !== 'conflict') throw error
    })
    await this.#sender.settle(undefined)
  }

  async #send(kind: Pending['kind'], prepare: () => Promise<{ bytes: Uint8Array; digest: string }>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        const { outcome } = await this.#sender.send(kind, await prepare())
        await this.#sender.settle(undefined)
        if (outcome?.status === 'success') return
        throw new ParleyError('conflict', `The ledger did not execute it: ${outcome?.error ?? 'refused'}`)
      } catch (error) {
        if (!(error instanceof ParleyError) || error.code !== 'conflict' || attempt === ATTEMPTS) throw error
        // Refused with certainty or not: the ledger takes either these bytes or, their coins being spent, never.
        await this.#sender.settle(undefined)
        await sleep(this.#options.clock, BETWEEN_MS)
      }
    }
  }

  async #needed(): Promise<RegisteredNode> {
    const record = await this.#own()
    if (!record) throw notRegistered()
    return record
  }

  async #own(): Promise<RegisteredNode | undefined> {
    const { dataDir, ledger, clock, log } = this.#options
    const kept = new OperatorSender({ ledger, signer: this.#signer, dataDir, name: REGISTRATION_FILE, clock, log })
    await kept.open()
    const mine = (record: RegisteredNode | undefined) => record?.owner === this.#signer.address
    if (kept.object !== undefined) return (await this.#registry.records([kept.object])).find(mine)
    const file = new JsonFile(undefined, 'registry.json', knownSchema)
    const find = () => Promise.resolve(this.#registry)
    const follower = new RegistryFollower({ find, epoch: () => ledger.epoch(), file, clock, log: silentLog })
    await follower.refresh()
    follower.stop()
    return [...follower.live.values()].find(mine)
  }
}

function notRegistered(): ParleyError {
  return new ParleyError('not_found', 'This node is not registered.')
}
