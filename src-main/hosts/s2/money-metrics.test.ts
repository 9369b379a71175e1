import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../base/index.ts'
import { createDevnet, createIotaLedger, type Devnet } from '../../ledger/index.ts'
import { waitFor } from '../../testing/testnet-nodes.ts'
import { runS2, type S2Args } from './s2-command.ts'

let folder: string
let devnet: Devnet
let url: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-money-'))
  devnet = createDevnet({ port: 0, listen: '127.0.0.1', clock: systemClock, log: silentLog, epochMs: 3_600_000 })
  url = (await devnet.start()).rpc
})
afterAll(async () => {
  await devnet.stop()
  await rm(folder, { recursive: true, force: true })
})

async function run(change: Partial<S2Args>) {
  const stop = new AbortController()
  const lines: string[] = []
  const io = { print: (line: string) => lines.push(line), signal: stop.signal, log: silentLog }
  const args = { ledger: url, listen: '127.0.0.1:0', peers: [], metrics: '127.0.0.1:0', data: join(folder, 'node') }
  const code = runS2({ ...args, ...change }, io)
  await waitFor(() => lines.length === 1)
  const ready = JSON.parse(lines[0] ?? '') as { metrics: string; account?: string }
  const text = async () => (await fetch(`${ready.metrics}/metrics`)).text()
  return { account: ready.account ?? '', text, stop: () => (stop.abort(), code) }
}

it('an operator sees what the account has, what is promised and what was paid out, and no address', async () => {
  const node = await run({ register: true, priceRelay: '1000' })
  await expect.poll(node.text).toMatch(/^parley_s2_registered 1$/m)
  const ledger = createIotaLedger({ url, clock: systemClock, log: silentLog })
  const nanos = await ledger.balance(node.account)
  ledger.close()
  const text = await node.text()
  for (const line of [
    `parley_s2_account_nanos ${nanos}`,
    'parley_s2_rewards_promised_nanos 0',
    'parley_s2_rewards_collected_nanos 0',
  ])
    expect(text).toContain(line)
  expect(text).not.toContain(node.account.slice(2))
  expect(await node.stop()).toBe(0)
})

it('a node without an account and without prices tells nothing of them', async () => {
  const node = await run({ data: join(folder, 'free') })
  expect(await node.text()).not.toMatch(/^parley_s2_(account|rewards)_.*nanos \d/m)
  expect(await node.stop()).toBe(0)
})
