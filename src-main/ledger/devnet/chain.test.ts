import { beforeAll, expect, test } from 'vitest'
import { newPerson, signedTransfer } from '../testing/index.ts'
import { coinsOf as coinsAt, testNode } from './testing/index.ts'

const people = Array.from({ length: 8 }, () => newPerson())
const rich = newPerson()
const { node } = testNode({ rich })
const coinsOf = (person: { address: string }) => coinsAt(node, person)

beforeAll(async () => {
  for (const { address } of people) {
    const { bytes, signatures } = signedTransfer(rich, address, 10_000_000_000_000n, coinsOf(rich))
    await node.submit(bytes, signatures)
  }
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
