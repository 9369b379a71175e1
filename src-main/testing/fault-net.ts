import { writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog, systemClock } from '../base/index.ts'
import { createIotaLedger } from '../ledger/index.ts'
import { canMakeFaultLab, FaultLab, mountSmallDisk } from './fault-lab.ts'
import { isRunning } from './namespaces.ts'
import { Process } from './processes.ts'

const PORT = 7400
/** Room for a node that keeps the mail of some clients for minutes, little enough to be filled at once. */
const SMALL_DISK_BYTES = 48 * 1024 * 1024
/** A node that is started while its disk is full does not come up; an operator's supervisor tries again. */
const RESTART_MS = 1_000
const MOST_RESTARTS = 60
const HEALTH_MS = 1_000

export interface FaultNode {
  readonly index: number
  readonly folder: string
  /** `wss://HOST:PORT#FINGERPRINT` */
  readonly address: string
  readonly nodeId: string
  isUp: boolean
  /** Whether its process is there, as the system says. */
  isRunning(): boolean
  /** What it says of itself at `/health`, undefined where it does not answer. */
  health(): Promise<string | undefined>
  kill(): Promise<void>
  /** Starts it again, as often as it takes. */
  start(): Promise<void>
  /** What it said last, for whoever looks for a fault. */
  log(): string
}

/** S2 processes that can be killed, cut off from each other, and have their disk filled. */
export interface FaultNet {
  readonly nodes: readonly FaultNode[]
  readonly chain: string
  readonly salt: () => Promise<Uint8Array>
  /** Whose clock is wrong, and by how much, ms. */
  readonly clock: { readonly node: number; readonly offsetMs: number }
  /** Where namespaces can be made: the network between the nodes. */
  readonly lab: FaultLab | undefined
  /** Where it has one: fills the small disk of the last node, or empties it again. */
  readonly disk: { readonly node: number; fill(): Promise<void>; free(): Promise<void> } | undefined
  stop(): Promise<void>
}

export interface FaultNetOptions {
  nodes: number
  /** The first node's clock is ahead by this, ms. */
  clockOffsetMs: number
  /** Given at once what ends all of it, for whoever must stop while it still starts. */
  onNet?: (stop: () => Promise<void>) => void
}

/** Starts a ledger and nodes: as root each in a network namespace of its own and the last with a disk of its own. */
export async function startFaultNet(options: FaultNetOptions): Promise<FaultNet> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-fault-'))
  const closing: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })]
  const stop = async () => {
    for (const close of closing.splice(0).reverse()) await close()
  }
  options.onNet?.(stop)
  try {
    return { ...(await startParts(options, folder, closing)), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function startParts(
  options: FaultNetOptions,
  folder: string,
  closing: (() => Promise<unknown>)[],
): Promise<Omit<FaultNet, 'stop'>> {
  const lab = (await canMakeFaultLab()) ? await FaultLab.create() : undefined
  if (lab) closing.push(() => lab.close())
  const host = lab?.address ?? '127.0.0.1'
  const devnet = new Process('devnet', ['--port', '0', '--data', join(folder, 'ledger'), '--listen', host])
  closing.push(() => devnet.stop())
  await devnet.start()
  const rpc = devnet.ready['rpc'] ?? ''
  const ledger = createIotaLedger({ url: rpc, clock: systemClock, log: silentLog })
  closing.push(() => Promise.resolve(ledger.close()))
  const nodes: FaultNode[] = []
  const last = options.nodes - 1
  const clock = { node: 0, offsetMs: options.clockOffsetMs }
  let disk: FaultNet['disk']
  for (let index = 0; index < options.nodes; index++) {
    const data = join(folder, `node-${index}`)
    await mkdir(data)
    if (lab && index === last) {
      closing.push(await mountSmallDisk(data, SMALL_DISK_BYTES))
      disk = diskOf(index, data)
    }
    const skew = index === clock.node ? [`--clock-offset-ms=${clock.offsetMs}`] : []
    const args = ['--ledger', rpc, '--data', data, '--package', 'none', '--drain-seconds', '0', ...skew]
    const node = new NodeProcess(index, data, args, nodes, await lab?.host(index))
    closing.push(() => node.stop())
    await node.start()
    nodes.push(node)
  }
  return { nodes, clock, lab, disk, chain: await ledger.chain(), salt: async () => (await ledger.epoch()).salt }
}

function diskOf(node: number, data: string): FaultNet['disk'] {
  const filler = join(data, 'filler')
  return {
    node,
    fill: async () => {
      // In halves down to a page: nothing is left for a node that needs little.
      for (let size = SMALL_DISK_BYTES; size >= 4_096; size /= 2) {
        try {
          while (true) writeFileSync(filler, new Uint8Array(size), { flag: 'a' })
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
        }
      }
    },
    free: () => rm(filler, { force: true }),
  }
}

class NodeProcess implements FaultNode {
  readonly index: number
  readonly folder: string
  isUp = false
  address = ''
  nodeId = ''
  readonly #host: string
  readonly #args: string[]
  readonly #others: readonly FaultNode[]
  readonly #process: Process
  #port: string
  #stopped = false

  constructor(
    index: number,
    folder: string,
    args: string[],
    others: readonly FaultNode[],
    place?: Awaited<ReturnType<FaultLab['host']>>,
  ) {
    this.index = index
    this.folder = folder
    this.#args = args
    this.#others = others
    this.#host = place?.address ?? '127.0.0.1'
    this.#port = place ? String(PORT) : '0'
    this.#process = new Process('s2', [], {}, place?.prefix)
  }

  log(): string {
    return this.#process.log
  }

  isRunning(): boolean {
    return isRunning(this.#process.pid)
  }

  async health(): Promise<string | undefined> {
    const url = `${this.#process.ready['metrics']}/health`
    const answer = await fetch(url, { signal: AbortSignal.timeout(HEALTH_MS) }).catch(() => undefined)
    const body = await answer?.json().catch(() => undefined)
    return (body as { state: string } | undefined)?.state
  }

  async start(): Promise<void> {
    for (let tried = 1; !this.#stopped; tried++) {
      const peers = this.#others.flatMap((other) => (other === this ? [] : ['--peer', other.address]))
      try {
        const places = ['--listen', `${this.#host}:${this.#port}`, '--metrics', `${this.#host}:0`]
        await this.#process.start([...this.#args, ...places, ...peers])
        break
      } catch (error) {
        // What did not get ready in time still runs.
        await this.#process.kill()
        if (this.address === '' || tried === MOST_RESTARTS) throw error
        await new Promise((resolve) => setTimeout(resolve, RESTART_MS))
      }
    }
    this.isUp = true
    this.address = this.#process.ready['endpoint'] ?? ''
    this.nodeId = this.#process.ready['nodeId'] ?? ''
    this.#port = new URL(this.address).port
  }

  async kill(): Promise<void> {
    this.isUp = false
    await this.#process.kill()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.isUp = false
    await this.#process.stop()
  }
}
