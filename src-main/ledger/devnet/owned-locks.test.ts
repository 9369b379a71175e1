import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newPerson, type Person, signedTransfer } from '../testing/index.ts'
import { coinsOf, run, testNode } from './testing/index.ts'

/** Somebody with two coins, and a node that looks for rivals. */
async function prepared(options: Parameters<typeof testNode>[0] = {}) {
  const made = testNode({ equivocation: true, ...options })
  const alice = newPerson()
  await run(made.node, made.rich, (transaction) => {
    const [one, two] = transaction.splitCoins(transaction.gas, [10_000_000_000, 10_000_000_000])
    transaction.transferObjects([one ?? '', two ?? ''], alice.address)
  })
  return { ...made, alice }
}

function payment(from: Person, nanos: bigint, coins: ReturnType<typeof coinsOf>) {
  const { bytes, signatures } = signedTransfer(from, newPerson().address, nanos, coins)
  return [bytes, signatures] as const
}

test('rivals over one version lock it until the epoch turns; other coins and the same bytes are free', async () => {
  const { node, alice } = await prepared()
  const [first, second] = coinsOf(node, alice)
  if (!first || !second) throw new Error('no coins')
  const rivals = [payment(alice, 1n, [first]), payment(alice, 2n, [first])] as const
  const results = await Promise.allSettled(rivals.map((rival) => node.submit(...rival)))
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  for (const rival of rivals) await expect(node.submit(...rival)).rejects.toThrow(/equivocated until the next epoch/)
  await expect(node.submit(...payment(alice, 3n, [second, first]))).rejects.toThrow(/equivocated/)
  const twice = payment(alice, 4n, [second])
  const [one, other] = await Promise.all([node.submit(...twice), node.submit(...twice)])
  expect(one).toBe(other)
  await node.turnEpoch()
  expect((await node.submit(...rivals[0])).execution.status).toEqual({ success: true })
  await expect(node.submit(...rivals[1])).rejects.toThrow(/not available for consumption/)
})

test('a lock outlives the process', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-locks-'))
  const path = join(folder, 'ledger.db')
  const { node, database, rich, alice } = await prepared({ path })
  const rivals = [payment(alice, 1n, coinsOf(node, alice)), payment(alice, 2n, coinsOf(node, alice))] as const
  await Promise.allSettled(rivals.map((rival) => node.submit(...rival)))
  await database.close()
  const again = testNode({ path, rich, equivocation: true })
  await expect(again.node.submit(...rivals[0])).rejects.toThrow(/equivocated until the next epoch/)
  await again.database.close()
  await rm(folder, { recursive: true })
})

test('without the switch the first one wins, and nothing is locked', async () => {
  const { node, alice } = await prepared({ equivocation: false })
  const [coin] = coinsOf(node, alice)
  if (!coin) throw new Error('no coin')
  const rivals = [1n, 2n, 3n].map((nanos) => payment(alice, nanos, [coin]))
  const results = await Promise.allSettled(rivals.map((rival) => node.submit(...rival)))
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  const [now] = coinsOf(node, alice).filter(({ objectId }) => objectId === coin.objectId)
  if (!now) throw new Error('no coin')
  expect((await node.submit(...payment(alice, 4n, [now]))).execution.status).toEqual({ success: true })
})
