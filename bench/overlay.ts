import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog, systemClock } from '../src-main/base/index.ts'
import { createIotaLedger, type Ledger } from '../src-main/ledger/index.ts'
import { RecordCheck } from '../src-main/overlay/index.ts'
import { churnRun, type ChurnNet } from '../src-main/testing/churn-run.ts'
import { Process } from '../src-main/testing/processes.ts'
import { type Figure, median, quantile } from './figures.ts'

const NODES = 10
const RUN = { clients: 100, away: 10, pauseMs: 1_500, phaseMs: 5_000 }
const onPhase = (phase: string) => process.stderr.write(`${phase}\n`)

/**
 * Ten S2 processes that stand in the registry of a local ledger, and a hundred clients that write to each other and look each other up; three of the processes are killed
 * at once and two others join meanwhile.
 */
export default async function overlay(): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-overlay-'))
  const devnet = await new Process('devnet', ['--port', '0', '--data', join(folder, 'ledger')]).start()
  const rpc = devnet.ready['rpc'] ?? ''
  const ledger = createIotaLedger({ url: rpc, clock: systemClock, log: silentLog })
  const nodes: Process[] = []
  try {
    const net = await startNet(folder, rpc, nodes, ledger)
    return figures(await churnRun(net, { ...RUN, onPhase }))
  } finally {
    ledger.close()
    await Promise.all(nodes.map((node) => node.stop()))
    await devnet.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function startNet(folder: string, rpc: string, nodes: Process[], ledger: Ledger): Promise<ChurnNet> {
  const addresses: string[] = []
  const killed = new Set<number>()
  const start = async () => {
    const peers = addresses.flatMap((address, index) => (killed.has(index) ? [] : ['--peer', address]))
    const data = join(folder, `node-${nodes.length}`)
    const node = new Process('s2', ['--ledger', rpc, '--listen', '127.0.0.1:0', '--data', data, '--register', ...peers])
    nodes.push(node)
    await node.start()
    addresses.push(node.ready['endpoint'] ?? '')
  }
  while (nodes.length < NODES) await start()
  await registered(ledger, NODES)
  const log = silentLog
  return {
    addresses,
    chain: await ledger.chain(),
    salt: async () => (await ledger.epoch()).salt,
    registry: new RecordCheck({ find: () => ledger.registry(), epoch: () => ledger.epoch(), clock: systemClock, log }),
    kill: async (indices) => {
      for (const index of indices) killed.add(index)
      await Promise.all(indices.map((index) => nodes[index]?.kill()))
    },
    join: async () => {
      await start()
      await registered(ledger, nodes.length)
    },
    revive: async () => {
      for (const index of killed) {
        const node = nodes[index]
        await node?.start(node.argsAt(new URL(addresses[index] ?? '').port))
      }
    },
  }
}

/** Resolves when so many nodes have registered; rejects after a minute. */
async function registered(ledger: Ledger, count: number): Promise<void> {
  const until = performance.now() + 60_000
  while (performance.now() < until) {
    const registry = await ledger.registry()
    const { events } = (await registry?.events({ order: 'oldest', limit: 50 })) ?? { events: [] }
    if (events.filter(({ kind }) => kind === 'registered').length >= count) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error(`not all of the ${count} nodes have registered`)
}

function figures(report: Awaited<ReturnType<typeof churnRun>>): Figure[] {
  const { relinked, lookups } = report
  return [
    { name: 'messages acknowledged', value: report.sent, unit: 'count' },
    { name: 'lost', value: report.lost, unit: 'count', goal: '0' },
    { name: 'not arrived in 15 s while three nodes are dead', value: report.late, unit: 'count', goal: '0' },
    { name: 'last arrival after the traffic', value: report.lastMs, unit: 'ms' },
    { name: 'told twice', value: report.doubled, unit: 'count', goal: '0' },
    { name: 'told again after it was away', value: report.again, unit: 'count' },
    { name: 'lookups of online addresses', value: lookups, unit: 'count' },
    { name: 'of them found', value: (100 * (lookups - report.missed)) / lookups, unit: '%', goal: '>= 99.9' },
    { name: 'all links back, p50', value: median(relinked), unit: 'ms' },
    { name: 'all links back, p99', value: quantile(relinked, 0.99), unit: 'ms' },
    { name: 'all links back, worst', value: Math.max(...relinked), unit: 'ms', goal: '<= 10000' },
  ]
}
