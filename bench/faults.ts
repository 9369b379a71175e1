import { type FaultReport, faultRun } from '../src-main/testing/fault-run.ts'
import type { Figure } from './figures.ts'

const MINUTES_10 = 600_000
const RUN = { nodes: 6, clients: 20, away: 5, groups: 5, pauseMs: 400, appendPauseMs: 1_000 }
const SEEN = { goal: '> 0' }
const TIMES = { calmMs: 5_000, faultsMs: 90_000, settleMs: 60_000 }

/**
 * Six S2 processes, each in a network namespace of its own, with twenty clients that write and append all the time, while
 * processes are killed, the network is divided, one clock is ten minutes wrong and one disk is full. Once with the clock
 * ahead and once behind. Ends with 1 when anything acknowledged is missing, doubled or different,
 * or a fault had no effect. `FAULT_SEED` repeats a run's draws, `FAULT_SECONDS` is how long they last.
 */
export default async function faults(): Promise<Figure[]> {
  const seed = Number(process.env['FAULT_SEED'] ?? Math.floor(Math.random() * 2 ** 32))
  const faultsMs = Number(process.env['FAULT_SECONDS'] ?? TIMES.faultsMs / 1_000) * 1_000
  process.stderr.write(`FAULT_SEED=${seed}\n`)
  const random = randomFrom(seed)
  const began = performance.now()
  const onPhase = (what: string) =>
    process.stderr.write(`${((performance.now() - began) / 1_000).toFixed(1).padStart(7)} s  ${what}\n`)
  let stop = async () => {}
  const onNet = (ends: () => Promise<void>) => (stop = ends)
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void stop().then(() => process.exit(1)))
  const figures: Figure[] = []
  for (const [name, clockOffsetMs] of [
    ['clock ahead', MINUTES_10],
    ['clock behind', -MINUTES_10],
  ] as const) {
    onPhase(name)
    const report = await faultRun({ ...RUN, ...TIMES, faultsMs, clockOffsetMs, random, onPhase, onNet })
    for (const violation of report.violations) process.stderr.write(`violation: ${violation}\n`)
    if (!report.namespaces)
      process.stderr.write('Not root, or no network namespaces here: no partitions, no full disk.\n')
    if (report.violations.length > 0) process.exitCode = 1
    figures.push(...figuresOf(report).map((figure) => ({ ...figure, name: `${name}: ${figure.name}` })))
  }
  return figures
}

function figuresOf({ traffic, logs, copies, faults, violations, namespaces }: FaultReport): Figure[] {
  const inLab = namespaces ? SEEN : {}
  return [
    { name: 'processes seen killed', value: faults.kills, unit: 'count', ...SEEN },
    { name: 'partitions seen', value: faults.partitions, unit: 'count', ...inLab },
    { name: 'full disks seen', value: faults.fullDisks, unit: 'count', ...inLab },
    { name: 'wrong clocks seen', value: faults.wrongClocks, unit: 'count', ...SEEN },
    { name: 'lost with their first home', value: copies?.lost ?? 0, unit: 'count', goal: '0' },
    { name: 'messages acknowledged', value: traffic.acknowledged, unit: 'count' },
    { name: 'lost', value: traffic.lost, unit: 'count', goal: '0' },
    { name: 'in a chat twice, missing, or behind a later one', value: inChats(violations), unit: 'count', goal: '0' },
    { name: 'told twice', value: traffic.doubled, unit: 'count', goal: '0' },
    { name: 'told again to a device that had left', value: traffic.toldAgain, unit: 'count' },
    { name: 'overtaken while nothing failed', value: traffic.overtakenInCalm, unit: 'count', goal: '0' },
    { name: 'overtaken in all', value: traffic.overtaken, unit: 'count' },
    { name: 'furthest behind a later one', value: traffic.furthest, unit: 'count', goal: '< 256' },
    { name: 'never acknowledged', value: traffic.stuck, unit: 'count', goal: '0' },
    { name: 'longest without any acknowledgement', value: traffic.silenceMs, unit: 'ms' },
    { name: 'longest wait of one message', value: traffic.waitedMs, unit: 'ms' },
    { name: 'log epochs decided', value: logs.epochs, unit: 'count' },
    { name: 'log mismatches', value: logs.mismatches.length, unit: 'count', goal: '0' },
    { name: 'longest wait of one append', value: logs.waitedMs, unit: 'ms' },
    { name: 'violations', value: violations.length, unit: 'count', goal: '0' },
  ]
}

/** Of what is wrong, what devices' chats show. */
function inChats(violations: readonly string[]): number {
  return violations.filter((words) => words.startsWith('device ')).length
}

/** Mulberry32, a small generator with a seed: faults that can be repeated need no better one. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
