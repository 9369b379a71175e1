import { expect, test } from 'vitest'
import { killRun } from '../../testing/kill-run.ts'

// `npm run bench -- kill` does the same with 20 moments for each process.
test('kill -9 of the app, the peer process, a node and the ledger under traffic loses and doubles nothing', async () => {
  const report = await killRun(['main', 's2', 'devnet', 'peer'], 12)
  expect(report.faults).toEqual([])
  expect(report.messages).toBeGreaterThan(50)
  expect(report.payments).toBeGreaterThan(5)
}, 180_000)
