import { beforeAll, describe, expect, test } from 'vitest'
import { newPerson, signedTransfer } from '../testing/index.ts'
import { verifyChain } from './check.ts'
import { GENESIS_NANOS } from './chain.ts'
import { createMoveMachine } from './move/index.ts'
import type { LocalNode } from './node.ts'
import { coinValue, isCoin } from './objects/index.ts'
import { coinsOf as coinsAt, sequence, testNode, type TestNode } from './testing/index.ts'

const people = Array.from({ length: 8 }, () => newPerson())
const rich = newPerson()
let made: TestNode
let node: LocalNode
beforeAll(() => {
  made = testNode({ rich })
  node = made.node
})
const coinsOf = (person: { address: string }) => coinsAt(node, person)

/** Every NANO is in a coin, in a coin's deposit, or burned. */
function accounted(): bigint {
  let sum = 0n
  for (const object of node.chain.objects.values())
    sum += (isCoin(object) ? coinValue(object) : 0n) + object.storageRebate
  for (const { execution } of node.chain.transactions({ all: true }, { limit: 1e6 }))
    sum += execution.gasUsed.computationCostBurned
  return sum
}

describe('value is conserved', () => {
  test('over 3,000 random transfers, some of them failing', async () => {
    const choose = sequence(7)
    for (const { address } of people) {
      const { bytes, signatures } = signedTransfer(rich, address, 10_000_000_000_000n, coinsOf(rich))
      await node.submit(bytes, signatures)
    }
    let failed = 0
    for (let count = 0; count < 3000; count++) {
      const from = people[choose(people.length)] ?? rich
      const to = people[choose(people.length)] ?? rich
      const sorted = coinsOf(from).sort((a, b) => (a.balance < b.balance ? 1 : -1))
      const coins = sorted.slice(0, 1 + choose(4))
      const sum = coins.reduce((total, { balance }) => total + balance, 0n)
      const nanos = choose(20) === 0 ? sum : (sum * BigInt(choose(50))) / 100n
      const { bytes, signatures } = signedTransfer(from, to.address, nanos, coins)
      const entry = await node.submit(bytes, signatures)
      if (!entry.execution.status.success) failed++
      if (count % 500 === 0) expect(accounted()).toBe(GENESIS_NANOS)
    }
    expect(failed).toBeGreaterThan(10)
    expect(accounted()).toBe(GENESIS_NANOS)
  })

  test('and every transaction has the same effects when it is executed again', async () => {
    expect((await verifyChain(made.terms, made.database, createMoveMachine())).transactions).toBe(node.chain.height)
  })
})

test('a coin is spent once, however often and fast it is tried', async () => {
  const [alice, bob] = [people[0] ?? rich, newPerson()]
  const [coin] = coinsOf(alice).filter(({ balance }) => balance > 10_000_000n)
  if (!coin) throw new Error('no coin left')
  const rivals = Array.from({ length: 20 }, (_, index) => signedTransfer(alice, bob.address, BigInt(index + 1), [coin]))
  const results = await Promise.allSettled(rivals.map(({ bytes, signatures }) => node.submit(bytes, signatures)))
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(coinsOf(bob)).toHaveLength(1)
})

test('another key cannot spend it, nor can a forged or foreign signature', async () => {
  const [alice, mallory] = [people[1] ?? rich, newPerson()]
  const coins = coinsOf(alice).slice(0, 1)
  const asMallory = signedTransfer(mallory, mallory.address, 1n, coins, 1_000_000n)
  await expect(node.submit(asMallory.bytes, asMallory.signatures)).rejects.toThrow(/not owned/)
  const asAlice = signedTransfer(alice, mallory.address, 1n, coins, 1_000_000n)
  const signed = signedTransfer(mallory, mallory.address, 1n, coins, 1_000_000n)
  for (const signatures of [signed.signatures, [], ['AAAA'], ['%'], [...asAlice.signatures, ...signed.signatures]])
    await expect(node.submit(asAlice.bytes, signatures)).rejects.toThrow(/ignature/)
})
