import { isIPv6 } from 'node:net'
import { createS2 } from '../../app/index.ts'
import { type Clock, createLog, type Log, systemClock } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { parseNodeAddress, type S2Node, type S2Status } from '../../overlay/index.ts'
import { type ClusterArgs, readAlso, readCluster } from './cluster-options.ts'
import { readDisk } from './disk-options.ts'
import { type IceArgs, readIce } from './ice-options.ts'
import { parseListen } from './listen.ts'
import { type PriceArgs, readPrices } from './price-options.ts'
import { checkLedgerUrl } from './ledger-url.ts'
import { startOperatorServer } from './operator-server.ts'
import { NO_REGISTRY } from './registration-note.ts'

export interface S2Args extends IceArgs, ClusterArgs, PriceArgs {
  /** The ledger's JSON-RPC URL. */
  ledger: string
  /** `host:port`; port 0 takes a free one. */
  listen: string
  /** Host name or address that others reach this node by; the one in `listen` where it is absent. */
  publicHost?: string
  /** `host:port` of the node's other processes, as others reach them; at most three. */
  also?: readonly string[]
  /** Folder of the node's keys and mailboxes. */
  data?: string
  /** `wss://host:port#FINGERPRINT` of other nodes. */
  peers: readonly string[]
  /** Id of the registry's package, or `none` to do without one; the chain's own where it is absent. */
  packageId?: string
  /** Registers the node on the ledger; needs `data`. */
  register?: boolean
  /** `host:port` for `/metrics` and `/health`; none without it. */
  metrics?: string
  /** Seconds that it may take to send its clients away before it stops: a whole number, 10 unless told. */
  drainSeconds?: string
  /** Gigabytes that what it keeps for everybody may come to: a whole number, 25 unless told. */
  diskGb?: string
  /** Milliseconds that the node's clock is ahead of the machine's, for tests of wrong clocks: a whole number, a day at most. */
  clockOffsetMs?: string
}

const DRAIN_SECONDS = 10
const MOST_DRAIN_SECONDS = 300
const MOST_CLOCK_OFFSET_MS = 24 * 3_600_000

export interface S2Io {
  print(line: string): void
  /** Aborts on SIGINT and SIGTERM. */
  readonly signal: AbortSignal
  readonly log?: Log
}

/** `parley s2`: runs a node until the signal aborts, after printing the ready line. Throws `invalid_params` and what `start` throws. */
export async function runS2(args: S2Args, io: S2Io): Promise<number> {
  checkLedgerUrl(args.ledger)
  const listen = parseListen('--listen', args.listen)
  const publicHost = parsePublic(args.publicHost, listen.host)
  if (args.register && args.data === undefined)
    throw new ParleyError(
      'invalid_params',
      'A registered node needs a folder for the key of its account: add --data DIR.',
    )
  if (args.register && args.packageId === 'none')
    throw new ParleyError('invalid_params', 'A node cannot be registered without a registry.')
  const also = readAlso(args.also)
  const drainMs = readDrain(args.drainSeconds)
  const clock = readClock(args.clockOffsetMs)
  const ice = await readIce(args)
  const fees = readPrices(args)
  if (fees && args.data === undefined)
    throw new ParleyError('invalid_params', 'A node with prices needs a folder for its account book: add --data DIR.')
  if (fees && args.nats !== undefined)
    throw new ParleyError(
      'not_supported',
      'A node of several processes cannot have prices yet: each would count alone.',
    )
  const cluster = readCluster(args)
  const limits = readDisk(args.diskGb)
  const metricsAt = args.metrics === undefined ? undefined : parseListen('--metrics', args.metrics)
  const log = (io.log ?? createLog()).child({ part: 's2' })
  const node = createS2({
    ledgerUrl: args.ledger,
    listen,
    ...(publicHost === undefined ? {} : { publicHost }),
    ...(args.data === undefined ? {} : { dataDir: args.data }),
    peers: args.peers.map(parseNodeAddress),
    also,
    ...(args.packageId === undefined ? {} : { packageId: args.packageId }),
    ...(args.register && { register: true }),
    ...(ice && { ice }),
    ...(fees && { fees }),
    ...(cluster && { cluster }),
    ...(limits && { limits }),
    ...(args.identity === undefined ? {} : { identity: args.identity }),
    log,
    clock,
  })
  if (!(await started(node, io.signal))) return 0
  try {
    const operator = metricsAt && (await startOperatorServer(metricsAt, () => node.status(), log))
    const ready = { ready: true, endpoint: node.endpoint, nodeId: node.nodeId }
    const registration = registrationLine(node.status())
    io.print(JSON.stringify({ ...ready, ...(operator && { metrics: operator.url }), ...registration }))
    await aborted(io.signal)
    await node.drain(drainMs)
    await operator?.stop()
  } finally {
    await node.stop()
  }
  return 0
}

/** False where it was stopped before it served: what it waited for is then nobody's concern. */
async function started(node: S2Node, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false
  let stopped: Promise<void> | undefined
  const stop = () => void (stopped = node.stop())
  signal.addEventListener('abort', stop, { once: true })
  try {
    await node.start()
  } catch (error) {
    if (!stopped) throw error
  } finally {
    signal.removeEventListener('abort', stop)
    await stopped
  }
  return stopped === undefined
}

/** The account that pays, or why none is named: nobody shall send it anything where there is nothing to register in. */
function registrationLine({ registry }: S2Status): object {
  const { state, account } = registry?.registration ?? {}
  return state === 'no_registry' ? { registration: state, note: NO_REGISTRY } : { account }
}

function readDrain(text: string | undefined): number {
  const seconds = text === undefined ? DRAIN_SECONDS : Number(text)
  if (Number.isInteger(seconds) && seconds >= 0 && seconds <= MOST_DRAIN_SECONDS) return seconds * 1_000
  throw new ParleyError('invalid_params', `--drain-seconds is a whole number from 0 to ${MOST_DRAIN_SECONDS}.`)
}

function readClock(text: string | undefined): Clock {
  const offset = Number(text ?? 0)
  if (!Number.isInteger(offset) || Math.abs(offset) > MOST_CLOCK_OFFSET_MS)
    throw new ParleyError('invalid_params', '--clock-offset-ms is a whole number, a day at most in either direction.')
  return { ...systemClock, now: () => systemClock.now() + offset }
}

/** The host is told to others, so a node that listens on every address of its machine must be given one. */
function parsePublic(text: string | undefined, listenHost: string): string | undefined {
  if (text === undefined) {
    if (!isEveryAddress(listenHost)) return undefined
    throw new ParleyError(
      'invalid_params',
      `Nobody can reach a node at ${listenHost}: give the name or address of this machine with --public HOST.`,
    )
  }
  const host = text.replace(/^\[|\]$/g, '')
  const isName = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i.test(host)
  if ((isName || isIPv6(host)) && !isEveryAddress(host)) return host
  throw new ParleyError('invalid_params', 'The public host is a name or an address that others reach, without a port.')
}

function isEveryAddress(host: string): boolean {
  return /^0+(\.0+)*$/.test(host) || /^[0:]+$/.test(host)
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
