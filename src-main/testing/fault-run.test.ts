import { expect, it } from 'vitest'
import { faultRun } from './fault-run.ts'

const SMALL = { nodes: 4, clients: 8, away: 2, groups: 2, pauseMs: 200, appendPauseMs: 400 }
const TIMES = { calmMs: 1_000, faultsMs: 14_000, settleMs: 30_000 }

it('nodes are killed and cut off, one has a wrong clock and one a full disk: nothing acknowledged is lost, doubled or differs', async () => {
  const report = await faultRun({ ...SMALL, ...TIMES, clockOffsetMs: 600_000, random: Math.random })
  expect(report.violations).toEqual([])
  expect(report.faults.kills).toBeGreaterThan(0)
  expect(report.traffic.acknowledged).toBeGreaterThan(100)
  expect(report.logs.epochs).toBeGreaterThan(10)
}, 120_000)
