import { isIP } from 'node:net'
import * as v from 'valibot'
import { type Clock, deadline, type Log } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { LOCAL_PACKAGE, packageOn } from '../packages.ts'
import type {
  LedgerBalance,
  LedgerDetail,
  LedgerPage,
  MemoPage,
  MemoQuery,
  PublishingLedger,
  PublishRequest,
  RelayOutput,
  TransactionOutcome,
  TransferRequest,
  UnsignedPublication,
  UnsignedTransfer,
} from '../port.ts'
import type { Channels } from '../channels.ts'
import type { NodeRegistry } from '../registry.ts'
import { Balances } from './balances.ts'
import { IotaChannels } from './channels.ts'
import { type EpochSalt, newestEpoch } from './epoch.ts'
import { OPERATION_TIMEOUT_MS } from './constants.ts'
import { askFaucet } from './faucet.ts'
import { history, transactionDetail } from './history.ts'
import { JsonHttp } from './http.ts'
import { findOutcome } from './outcome.ts'
import { memos } from './memos.ts'
import { isOvertaken } from './overtaken.ts'
import { prepareTransfer } from './prepare.ts'
import { preparePublish, publishedPackage } from './publish.ts'
import { IotaRegistry } from './registry.ts'
import { type LedgerTransport, RpcClient, toLedgerError } from './rpc-client.ts'
import { addressSchema, balanceSchema, chainSchema, existsSchema } from './schemas.ts'
import { submit } from './submit.ts'

/** How a node says that an object is a package. */
const PACKAGE = 'package'

export interface IotaLedgerOptions {
  /** JSON-RPC URL of a node or indexer. */
  url: string
  clock: Clock
  log: Log
  /** Where to ask for tokens; without it a ledger on this machine is asked itself, and no other. */
  faucetUrl?: string
  /** Deadline of one request in milliseconds; 15 s unless told. */
  timeoutMs?: number
  /** Carries the requests in place of HTTP; then `url` is a name only. */
  transport?: LedgerTransport
  /** Asked before each transaction is made: who forwards it, and for how much. Rejects where nobody can be asked. */
  relay?: () => Promise<RelayOutput | undefined>
}

/** The IOTA ledger over JSON-RPC. */
export class IotaLedger implements PublishingLedger {
  readonly url: string
  readonly #clock: Clock
  readonly #log: Log
  readonly #http: JsonHttp
  readonly #rpc: RpcClient
  readonly #balances: Balances
  readonly #faucetUrl: string | undefined
  readonly #relay: () => Promise<RelayOutput | undefined>
  #chain: string | undefined
  #epoch: EpochSalt | undefined

  constructor({ url, clock, log, faucetUrl, timeoutMs, transport, relay }: IotaLedgerOptions) {
    this.url = transport ? url : checkUrl(url)
    this.#clock = clock
    this.#log = log.child({ part: 'ledger' })
    this.#http = new JsonHttp(clock, timeoutMs)
    this.#rpc = new RpcClient(transport ?? ((request) => this.#post(request)))
    this.#relay = relay ?? (() => Promise.resolve(undefined))
    this.#balances = new Balances(this.#rpc)
    this.#faucetUrl = faucetUrl === undefined ? (!transport && isLoopback(url) ? url : undefined) : checkUrl(faucetUrl)
  }

  chain(fresh = false): Promise<string> {
    return this.#run('chain', async () => {
      if (fresh) this.#chain = undefined
      this.#chain ??= await this.#rpc.call('iota_getChainIdentifier', [], chainSchema)
      return this.#chain
    })
  }

  epoch(): Promise<{ epoch: bigint; salt: Uint8Array }> {
    return this.#run('epoch', async () => {
      this.#epoch = await newestEpoch(this.#rpc, this.#epoch)
      return { ...this.#epoch }
    })
  }

  balance(address: string): Promise<bigint> {
    return this.#run('balance', async () => {
      const { totalBalance } = await this.#rpc.call('iotax_getBalance', [address], balanceSchema)
      return totalBalance
    })
  }

  prepareTransfer(request: TransferRequest): Promise<UnsignedTransfer> {
    return this.#run('prepare', async () => prepareTransfer(this.#rpc, request, await this.#relay()))
  }

  submit(bytes: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): Promise<TransactionOutcome> {
    return this.#run('submit', () => submit(this.#rpc, { bytes, signature, publicKey }, () => this.#clock.now()))
  }

  outcome(digest: string): Promise<TransactionOutcome | undefined> {
    return this.#run('outcome', () => findOutcome(this.#rpc, digest, this.#clock.now()))
  }

  overtaken(bytes: Uint8Array): Promise<boolean> {
    return this.#run('overtaken', () => isOvertaken(this.#rpc, bytes))
  }

  history(address: string, limit: number, cursor?: string): Promise<LedgerPage> {
    return this.#run('history', () => history(this.#rpc, address, limit, cursor, this.#clock.now()))
  }

  balances(address: string): Promise<LedgerBalance[]> {
    return this.#run('balances', () => this.#balances.of(address))
  }

  transaction(digest: string, address: string): Promise<LedgerDetail | undefined> {
    return this.#run('transaction', () => transactionDetail(this.#rpc, digest, address, this.#clock.now()))
  }

  memos(query: MemoQuery): Promise<MemoPage> {
    return this.#run('memos', () => memos(this.#rpc, query, this.#clock.now()))
  }

  async registry(packageId?: string): Promise<NodeRegistry | undefined> {
    const id = await this.#package(packageId)
    return id === undefined
      ? undefined
      : new IotaRegistry(id, this.#rpc, (operation, work) => this.#run(operation, work))
  }

  async channels(packageId?: string): Promise<Channels | undefined> {
    const id = await this.#package(packageId)
    if (id === undefined) return undefined
    const run = <T>(operation: string, work: () => Promise<T>) => this.#run(operation, work)
    return new IotaChannels({ packageId: id, rpc: this.#rpc, run, relay: this.#relay })
  }

  faucet(address: string): Promise<bigint> {
    return this.#run('faucet', async () => {
      if (this.#faucetUrl === undefined)
        throw new ParleyError('not_supported', 'This network gives tokens only on its own web page.')
      const parts = { url: this.#faucetUrl, http: this.#http, rpc: this.#rpc, clock: this.#clock }
      return askFaucet(parts, address)
    })
  }

  preparePublish(request: PublishRequest): Promise<UnsignedPublication> {
    return this.#run('publish', () => preparePublish(this.#rpc, request))
  }

  publishedPackage(digest: string): Promise<string> {
    return this.#run('published', () => publishedPackage(this.#rpc, digest))
  }

  close(): void {
    this.#http.close()
  }

  /** The id of the package, if it is on this ledger. */
  async #package(packageId: string | undefined): Promise<string | undefined> {
    const given = packageId ?? packageOn(await this.chain())
    const id = given ?? LOCAL_PACKAGE
    if (!v.is(addressSchema, id)) throw new ParleyError('invalid_params', 'A package is given by its id, 0x….')
    return this.#run('package', async () => {
      const full = v.parse(addressSchema, id)
      const { data } = await this.#rpc.call('iota_getObject', [full, { showType: true }], existsSchema)
      if (data && (data.type ?? PACKAGE) === PACKAGE) return full
      if (given === undefined) return undefined
      throw new ParleyError('not_found', `There is no package ${full} on this ledger.`)
    })
  }

  async #post(request: object): Promise<unknown> {
    return (await this.#http.request(this.url, request)).body
  }

  /** Every error leaves as a ParleyError; the ledger's own words stay in the log. */
  async #run<T>(operation: string, work: () => Promise<T>): Promise<T> {
    try {
      const message = 'The ledger did not answer in time.'
      return await deadline(work(), OPERATION_TIMEOUT_MS, message, 'ledger_unreachable')
    } catch (error) {
      const typed = toLedgerError(error)
      this.#log.debug({ operation, code: typed.code, err: typed.cause }, 'the ledger did not do as asked')
      throw typed
    }
  }
}

function checkUrl(url: string): string {
  const protocol = URL.canParse(url) ? new URL(url).protocol : ''
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new ParleyError('invalid_params', "The ledger's address must be an http or https URL.")
  return url
}

function isLoopback(url: string): boolean {
  const name = new URL(url).hostname.replace(/^\[(.*)\]$/, '$1')
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'))
}
