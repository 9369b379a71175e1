import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { silentLog, systemClock, systemRandom, toHex } from '../../base/index.ts'
import { createIotaLedger, type LedgerTransaction } from '../../ledger/index.ts'
import { newPerson } from '../../ledger/testing/index.ts'
import { Process } from '../../testing/processes.ts'
import { DaemonClient } from './daemon-client.ts'

const ROUNDS = 4
const AT_ONCE = 50
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

let folder: string
let devnet: Process
let daemon: Process
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-payments-'))
  devnet = await new Process('devnet', ['--port', '0', '--data', join(folder, 'ledger')]).start()
  const args = ['--profile', join(folder, 'alice'), '--ledger', devnet.ready.rpc ?? '', '--keystore', 'vault']
  daemon = await new Process('daemon', args, { PARLEY_PASSPHRASE: 'correct horse battery' }).start()
})
afterEach(async () => {
  await daemon.stop()
  await devnet.stop()
  await rm(folder, { recursive: true })
})

const client = () => new DaemonClient(daemon.ready.api ?? '', daemon.ready.token ?? '')

async function nothingPending(): Promise<void> {
  for (const end = Date.now() + 30_000; Date.now() < end; await later(100)) {
    const filter = { state: 'pending' }
    const { transactions } = (await client().call('wallet.history', { filter })) as { transactions: unknown[] }
    if (transactions.length === 0) return
  }
  throw new Error('a payment stayed pending')
}

async function received(address: string): Promise<LedgerTransaction[]> {
  const ledger = createIotaLedger({ url: devnet.ready.rpc ?? '', clock: systemClock, log: silentLog })
  const all: LedgerTransaction[] = []
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const page = await ledger.history(address, 50, cursor)
    all.push(...page.transactions)
    cursor = page.cursor
  }
  ledger.close()
  return all
}

test('50 parallel payments with ids, kill -9, all 50 said again by id: every one lands exactly once', async () => {
  await client().call('identity.create', { name: 'Alice' })
  await client().call('wallet.faucet', {})
  const to = newPerson().address
  const orders = Array.from({ length: AT_ONCE }, (_, index) => ({
    ...{ to, nanos: String(2_000_000 + index), note: `No. ${index}` },
    paymentId: toHex(systemRandom.bytes(16)),
  }))
  const send = async (order: (typeof orders)[number]) =>
    (await client().call('wallet.send', order)) as { digest: string; state: string }
  const first = Promise.allSettled(orders.map(send))
  await later(700 + Math.random() * 900)
  await daemon.kill()
  const acknowledged = await first
  await daemon.start()
  // Each twice at once, as somebody who does not wait for the answer would.
  const again = await Promise.all([...orders, ...orders].map(send))
  await nothingPending()
  const [order] = orders
  if (order) await expect(send({ ...order, nanos: '1' })).rejects.toMatchObject({ code: 'conflict' })
  for (const [index, result] of acknowledged.entries()) {
    if (result.status === 'fulfilled') expect(again[index]?.digest).toBe(result.value.digest)
    expect(again[index + AT_ONCE]?.digest).toBe(again[index]?.digest)
  }
  const landed = (await received(to)).filter(({ status }) => status === 'success')
  expect(landed.map(({ change }) => String(change)).sort()).toEqual(orders.map(({ nanos }) => nanos))
  expect(new Set(again.map(({ digest }) => digest))).toEqual(new Set(landed.map(({ digest }) => digest)))
}, 120_000)

test('50 parallel payments and kill -9, again and again: what was acknowledged lands once, the rest at most once', async () => {
  await client().call('identity.create', { name: 'Alice' })
  await client().call('wallet.faucet', {})
  const to = newPerson().address
  const acknowledged = new Map<string, bigint>()
  const said: string[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const paying = Array.from({ length: AT_ONCE }, async (_, index) => {
      // Every payment has an amount of its own, so that each can be told from all others on the ledger.
      const nanos = BigInt(1_000_000 + round * AT_ONCE + index)
      const { digest } = (await client().call('wallet.send', { to, nanos: nanos.toString() })) as { digest: string }
      acknowledged.set(digest, nanos)
    })
    const all = Promise.allSettled(paying)
    // The last round runs to its end.
    if (round < ROUNDS) {
      await later(50 + Math.random() * 900)
      await daemon.kill()
    }
    for (const result of await all)
      if (result.status === 'rejected') said.push((result.reason as { code: string }).code)
    if (round < ROUNDS) await daemon.start()
  }
  await nothingPending()
  const landed = await received(to)
  const amounts = landed.map(({ change }) => change)
  expect(new Set(amounts).size).toBe(amounts.length)
  expect(landed.every(({ status }) => status === 'success')).toBe(true)
  for (const [digest, nanos] of acknowledged)
    expect(landed.filter((each) => each.digest === digest).map(({ change }) => change)).toEqual([nanos])
  // Only the kills cut calls off; in the last round all 50 were acknowledged.
  expect(said.every((code) => code === 'offline')).toBe(true)
  expect([...acknowledged.values()].filter((nanos) => nanos >= 1_000_000n + BigInt(ROUNDS * AT_ONCE))).toHaveLength(
    AT_ONCE,
  )
  expect(landed.length).toBeLessThan((ROUNDS + 1) * AT_ONCE + 1)
}, 120_000)
