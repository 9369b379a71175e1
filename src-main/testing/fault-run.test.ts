import { expect, it } from 'vitest'
import { canMakeFaultLab } from './fault-lab.ts'
import { faultRun } from './fault-run.ts'

const SMALL = { nodes: 4, clients: 8, away: 2, groups: 2, pauseMs: 200, appendPauseMs: 300 }
const TIMES = { calmMs: 2_000, faultsMs: 10_000, settleMs: 30_000 }

it('nodes are killed and cut off, one has a wrong clock and one a full disk: nothing acknowledged is lost, doubled or differs', async () => {
  const report = await faultRun({ ...SMALL, ...TIMES, clockOffsetMs: 600_000, random: Math.random })
  expect(report.violations).toEqual([])
  expect(report.namespaces).toBe(await canMakeFaultLab())
  // Where there are none, only what a process shows by itself.
  const { kills, wrongClocks, partitions, fullDisks } = report.faults
  const seen = { kills, wrongClocks, ...(report.namespaces && { partitions, fullDisks }) }
  for (const [name, count] of Object.entries(seen)) expect(count, name).toBeGreaterThan(0)
  expect(report.copies?.acknowledged).toBe(report.namespaces ? 10 : undefined)
  expect(report.traffic.acknowledged).toBeGreaterThan(100)
  // Two nodes against two for nearly all of the time decide nothing meanwhile: only what is written before is sure.
  expect(report.logs.epochs).toBeGreaterThan(SMALL.groups)
}, 120_000)
