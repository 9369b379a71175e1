import { killRun, type Victim } from '../src-main/testing/kill-run.ts'
import type { Figure } from './figures.ts'

const KILLS_EACH = 20
const VICTIMS: Victim[] = ['main', 'peer', 's2', 'devnet']

/** kill -9 of every process at 20 random moments each, under traffic: what was acknowledged and what of it is missing. */
export default async function kill(): Promise<Figure[]> {
  const report = await killRun(VICTIMS, KILLS_EACH * VICTIMS.length)
  for (const fault of report.faults) process.stderr.write(`fault: ${fault}\n`)
  return [
    { name: 'processes killed', value: report.kills, unit: 'count' },
    { name: 'messages acknowledged', value: report.messages, unit: 'count' },
    { name: 'payments acknowledged', value: report.payments, unit: 'count' },
    { name: 'lost, doubled or not adding up', value: report.faults.length, unit: 'count', goal: '0' },
  ]
}
