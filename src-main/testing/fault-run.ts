import { type CopiesReport, loseHome } from './fault-copies.ts'
import { FaultLogs, type LogsReport } from './fault-logs.ts'
import { type FaultNet, startFaultNet } from './fault-net.ts'
import { type FaultCounts, FaultPlan } from './fault-plan.ts'
import { FaultTraffic, type TrafficReport } from './fault-traffic.ts'

export interface FaultOptions {
  nodes: number
  clients: number
  /** Of them, those that leave and come back again and again. */
  away: number
  groups: number
  /** Between two messages of a client, and two appends. */
  pauseMs: number
  appendPauseMs: number
  /** The first node's clock is ahead by this, ms. */
  clockOffsetMs: number
  /** Traffic before the first fault, then with faults. */
  calmMs: number
  faultsMs: number
  /** After the faults, everything has this long to be in order. */
  settleMs: number
  /** In [0, 1): what is done to whom, and when. */
  random: () => number
  onPhase?: (what: string) => void
  /** Given what to call when the run must end at once, also while it starts. */
  onNet?: (stop: () => Promise<void>) => void
}

export interface FaultReport {
  traffic: TrafficReport
  logs: LogsReport
  /** What became of mail whose first home was lost; undefined without namespaces. */
  copies: CopiesReport | undefined
  faults: FaultCounts
  /** Whether nodes had networks and disks of their own. */
  namespaces: boolean
  /** What must not be, in words; empty is good. */
  violations: string[]
}

/** A session takes messages that came this far behind later ones of their sender (crypto: generations that are kept). */
const FURTHEST = 256

/**
 * Traffic and appends over S2 processes of which some are killed, cut off, have a wrong clock or a full disk; then all faults
 * end, and everything acknowledged is looked for.
 */
export async function faultRun(options: FaultOptions): Promise<FaultReport> {
  const net = await startFaultNet(options)
  const traffic = new FaultTraffic(net, options.clients)
  const logs = new FaultLogs(net, traffic.clients, options.groups)
  const plan = new FaultPlan(net, options.random, options.onPhase)
  try {
    return await run(options, net, traffic, logs, plan)
  } finally {
    await plan.stop().catch(() => {})
    logs.stop()
    await traffic.stop()
    await net.stop()
  }
}

async function run(
  { pauseMs, appendPauseMs, away, calmMs, faultsMs, settleMs, onPhase = () => {} }: FaultOptions,
  net: FaultNet,
  traffic: FaultTraffic,
  logs: FaultLogs,
  plan: FaultPlan,
): Promise<FaultReport> {
  onPhase(net.lab ? 'clients start' : 'clients start; without root there are no partitions and no full disk')
  await plan.seeClock()
  const copies = await loseHome(net, onPhase)
  await traffic.start(pauseMs)
  logs.start(appendPauseMs)
  await later(calmMs)
  traffic.endCalm(away)
  plan.start()
  await later(faultsMs)
  onPhase('faults end')
  await plan.stop()
  await Promise.all([traffic.settle(settleMs), logs.settle(settleMs)])
  onPhase('all is counted')
  const report = { traffic: traffic.report(), logs: logs.report(), copies, faults: plan.counts, namespaces: !!net.lab }
  return { ...report, violations: [...plan.idle, ...violationsOf(report, traffic.faults())] }
}

function violationsOf(
  { traffic, logs, copies }: Pick<FaultReport, 'traffic' | 'logs' | 'copies'>,
  chats: string[],
): string[] {
  const { doubled, furthest, overtakenInCalm, stuck } = traffic
  return [
    ...chats,
    ...logs.mismatches,
    ...(copies && copies.lost > 0 ? [`${copies.lost} messages were acknowledged and were at one node alone`] : []),
    ...(doubled > 0 ? [`${doubled} messages were told twice to a device that was there all the time`] : []),
    ...(overtakenInCalm > 0 ? [`${overtakenInCalm} messages were overtaken while nothing failed`] : []),
    ...(furthest >= FURTHEST ? [`a message came ${furthest} behind: a session could not read it`] : []),
    ...(stuck > 0 ? [`${stuck} messages were not acknowledged in the end`] : []),
  ]
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
