import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { churnRun } from '../testing/churn-run.ts'
import { fixedLedger, startNodes } from '../testing/testnet-nodes.ts'

it('three of ten nodes die at once and two join under traffic: no message is lost or doubled, everybody is found', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-churn-'))
  const limits = { acceptPerHost: { perSecond: 1_000, burst: 2_000 } }
  const dataDir = (index: number) => join(folder, `${index}`)
  const nodes = await startNodes(10, { ledger: fixedLedger(), limits, dataDir })
  const dead: number[] = []
  try {
    const net = {
      addresses: nodes.addresses,
      chain: '0badcafe',
      salt: () => Promise.resolve(new Uint8Array(32)),
      kill: async (indices: number[]) => {
        dead.push(...indices)
        await Promise.all(indices.map((index) => nodes.kill(index)))
      },
      join: async () => void (await nodes.join()),
      revive: async () => void (await Promise.all(dead.map((index) => nodes.revive(index)))),
    }
    const report = await churnRun(net, { clients: 20, away: 3, pauseMs: 250, phaseMs: 1_500 })
    expect(report).toMatchObject({ lost: 0, late: 0, doubled: 0, missed: 0 })
    expect(report.sent).toBeGreaterThan(100)
    expect(report.relinked.every(Number.isFinite)).toBe(true)
  } finally {
    await nodes.stop()
    await rm(folder, { recursive: true, force: true })
  }
  // Eight seconds of traffic, fifteen of one processor, most for handshakes, and waits that end by themselves after a minute.
}, 120_000)
