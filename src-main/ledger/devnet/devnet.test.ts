import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { newPerson, startLedger } from '../testing/index.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-devnet-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('a restart keeps chain, balances, history and outcomes', async () => {
  const [alice, bob] = [newPerson(), newPerson()]
  const first = await startLedger({ dataDir: folder })
  await first.ledger.faucet(alice.address)
  const transfer = await first.ledger.prepareTransfer({ from: alice.address, to: bob.address, nanos: 5n })
  await alice.submit(first.ledger, transfer)
  const history = await first.ledger.history(alice.address, 50)
  await first.stop()
  const second = await startLedger({ dataDir: folder })
  expect(second.chain).toBe(first.chain)
  expect(await second.ledger.balance(bob.address)).toBe(5n)
  expect(await second.ledger.history(alice.address, 50)).toEqual(history)
  expect((await alice.submit(second.ledger, transfer)).status).toBe('success')
  expect(await second.ledger.balance(bob.address)).toBe(5n)
  await second.stop()
})

test('every data folder has a chain of its own; a seed decides it', async () => {
  const chainOf = async (options: Parameters<typeof startLedger>[0]) => {
    const running = await startLedger(options)
    await running.stop()
    return running.chain
  }
  const genesisSeed = new Uint8Array(32).fill(7)
  expect(await chainOf({ dataDir: join(folder, 'a') })).not.toBe(await chainOf({ dataDir: join(folder, 'b') }))
  expect(await chainOf({ genesisSeed })).toBe(await chainOf({ dataDir: join(folder, 'c'), genesisSeed }))
})

test('a folder in use, a port in use and a damaged genesis are refused, and leave nothing held', async () => {
  const running = await startLedger({ dataDir: folder })
  await expect(startLedger({ dataDir: folder })).rejects.toMatchObject({ code: 'conflict' })
  const port = Number(new URL(running.rpc).port)
  const other = join(folder, 'other')
  await expect(startLedger({ dataDir: other, port })).rejects.toMatchObject({ code: 'conflict' })
  await (await startLedger({ dataDir: other })).stop()
  await running.stop()
  await writeFile(join(folder, 'genesis.json'), '{"version":1')
  await expect(startLedger({ dataDir: folder })).rejects.toMatchObject({ code: 'storage_damaged' })
})
