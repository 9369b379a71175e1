import { type Clock, deadline, type Log, type Random, systemClock, systemRandom } from '../base/index.ts'
import { ParleyError, toParleyError } from '../contract/index.ts'
import { createIotaLedger, createLedgerGate, type Ledger } from '../ledger/index.ts'
import {
  createS2Node,
  type FeeOptions,
  type IceOptions,
  type NodeAddress,
  type NodeCluster,
  type NodeLimits,
  type S2Node,
} from '../overlay/index.ts'

/** A ledger that takes longer is waited for by the node that runs. */
const PACKAGE_MS = 5_000

export interface S2Options {
  /** The ledger's JSON-RPC URL. */
  ledgerUrl: string
  listen: { host: string; port: number }
  /** Host name or address that others reach this node by; `listen.host` where it is absent. */
  publicHost?: string
  /** `wss://host:port` of the node's other processes, at most three. */
  also?: readonly string[]
  /** Folder of the node's keys and mailboxes; without one, all is in memory. */
  dataDir?: string
  /** The node's key and certificate, where they are not this process's own. */
  identity?: string
  /** For a node of several processes. */
  cluster?: NodeCluster
  peers: readonly NodeAddress[]
  /** Id of the registry's package, or `none` to do without; the chain's own where it is absent. */
  packageId?: string
  /** Registers the node, paid from an account whose key is made in `dataDir`. */
  register?: boolean
  /** What it asks for, and how it is paid; nothing without it. */
  fees?: Pick<FeeOptions, 'prices' | 'allowanceBytes' | 'postage' | 'windowMs' | 'collectAfterEpochs'>
  /** STUN and TURN servers that it names to devices. */
  ice?: IceOptions
  /** What differs from the default limits. */
  limits?: Partial<NodeLimits>
  log: Log
  clock?: Clock
  random?: Random
}

/** An S2 node on a real ledger; see `createS2Node`. */
export function createS2(options: S2Options): S2Node {
  const { ledgerUrl, packageId, register, fees, log, clock = systemClock, random = systemRandom, ...rest } = options
  const ledger = createIotaLedger({ url: ledgerUrl, clock, log })
  const prices = fees && { prices: fees.prices }
  const registry = { find: () => ledger.registry(packageId), ...(register && { register: { ledger, ...prices } }) }
  const contract = packageId === undefined || packageId === 'none' ? {} : { packageId }
  const paid = fees && { fees: { ...fees, ledger, ...contract } }
  const gate = createLedgerGate({ url: ledgerUrl, clock })
  const ended = Promise.withResolvers<void>()
  const node = createS2Node({
    ...rest,
    ...paid,
    gate,
    ...(packageId !== 'none' && { registry }),
    ledger,
    clock,
    random,
    log,
  })
  return {
    async start() {
      const needed = packageId !== undefined && packageId !== 'none' && requirePackage(ledger, packageId)
      const isEnded = await Promise.race([needed, ended.promise.then(() => true)])
      if (isEnded) throw new ParleyError('offline', 'The node is stopping.')
      await node.start()
    },
    drain: (ms) => node.drain(ms),
    async stop() {
      ended.resolve()
      await node.stop()
      ledger.close()
    },
    get endpoint() {
      return node.endpoint
    },
    get nodeId() {
      return node.nodeId
    },
    peers: () => node.peers(),
    status: () => node.status(),
  }
}

/** Throws `not_found` or `invalid_params` for what is no package. A ledger that is away is the node's to wait for. */
async function requirePackage(ledger: Ledger, packageId: string): Promise<false> {
  try {
    await deadline(ledger.registry(packageId), PACKAGE_MS, 'The ledger did not answer in time.', 'ledger_unreachable')
  } catch (error) {
    const { code } = toParleyError(error)
    if (code === 'not_found' || code === 'invalid_params') throw error
  }
  return false
}
