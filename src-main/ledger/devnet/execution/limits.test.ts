import { bcs } from '@iota/iota-sdk/bcs'
import { Transaction } from '@iota/iota-sdk/transactions'
import { beforeAll, describe, expect, test } from 'vitest'
import { newPerson } from '../../testing/index.ts'
import { coinTypeOf, coinValue } from '../objects/index.ts'
import { coinsOf, kindOf, profile, publishParley, referenceTo, run, testNode } from '../testing/index.ts'

const { node, rich } = testNode()
const alice = newPerson()
let packageId: string
beforeAll(async () => {
  await run(node, rich, (transaction) => {
    const coins = transaction.splitCoins(transaction.gas, [900_000_000_000, 1_000_000_000])
    transaction.transferObjects([coins[0] ?? '', coins[1] ?? ''], alice.address)
  })
  packageId = await publishParley(node, alice)
})

function pay(fill: (transaction: Transaction) => void, budget?: number) {
  return run(node, alice, fill, budget)
}

describe('refused before it runs, at no cost', () => {
  const refused: [string, RegExp, (transaction: Transaction) => void][] = [
    [
      'a pure input of 16 KiB',
      /pure argument size/,
      (transaction) => {
        transaction.makeMoveVec({ type: 'u8', elements: [] })
        transaction.pure(new Uint8Array(16 * 1024))
      },
    ],
    [
      '1,025 commands',
      /maximum commands/,
      (transaction) => {
        for (let count = 0; count < 1025; count++) transaction.makeMoveVec({ type: 'u8', elements: [] })
      },
    ],
    [
      '2,049 input objects',
      /input objects/,
      (transaction) => {
        transaction.makeMoveVec({ type: 'u8', elements: [] })
        for (let count = 1; count <= 2049; count++)
          transaction.sharedObjectRef({ objectId: `0x${count.toString(16)}`, initialSharedVersion: 1, mutable: false })
      },
    ],
    [
      '512 arguments of a command',
      /maximum arguments/,
      (transaction) => void transaction.splitCoins(transaction.gas, Array<number>(512).fill(1)),
    ],
    ['no command', /Empty command input/, () => undefined],
  ]
  for (const [what, reason, fill] of refused)
    test(what, async () => {
      const before = node.chain.height
      await expect(pay(fill)).rejects.toThrow(reason)
      expect(node.chain.height).toBe(before)
    })

  test('more than 128 KiB in all', async () => {
    await expect(node.submit(new Uint8Array(128 * 1024 + 1), [])).rejects.toThrow(
      /serialized transaction size exceeded/,
    )
  })
})

describe('vectors and coins of any type', () => {
  test('a vector is made of pure values, of values of calls, or of objects of one type', async () => {
    const kept = await pay((transaction) => {
      transaction.makeMoveVec({ type: 'u64', elements: [transaction.pure.u64(1), transaction.pure.u64(2)] })
      transaction.makeMoveVec({ elements: [profile(transaction, packageId)], type: `${packageId}::registry::Profile` })
    })
    expect(kept.execution.status).toEqual({ success: true })
    const wrong = await pay((transaction) => {
      transaction.makeMoveVec({ type: 'u64', elements: [transaction.pure.u8(1)] })
    })
    expect(wrong.execution.status).toHaveProperty('failure.CommandArgumentError.kind.InvalidBCSBytes', true)
    const mixed = await pay((transaction) => {
      transaction.makeMoveVec({ type: 'u64', elements: [profile(transaction, packageId)] })
    })
    expect(mixed.execution.status).toHaveProperty('failure.CommandArgumentError.kind.TypeMismatch', true)
    const lost = await pay((transaction) => {
      transaction.makeMoveVec({ elements: [transaction.splitCoins(transaction.gas, [1])[0] ?? ''] })
    })
    expect(lost.execution.status).toMatchObject({ failure: { UnusedValueWithoutDrop: { resultIdx: 1 } } })
  })

  test('coins of another type are handed on, split and merged among themselves alone', async () => {
    const type = `${packageId}::registry::Prices`
    const zero = (transaction: Transaction) =>
      transaction.moveCall({ target: '0x2::coin::zero', typeArguments: [type], arguments: [] })
    const made = await pay((transaction) => {
      transaction.transferObjects([zero(transaction), zero(transaction)], alice.address)
    })
    expect(made.execution.status).toEqual({ success: true })
    const [one, two] = node.chain.objects.ownedBy(alice.address).filter((object) => coinTypeOf(object) === type)
    if (!one || !two) throw new Error('no coins')
    const merged = await pay((transaction) => {
      const coin = transaction.objectRef(referenceTo(one))
      transaction.mergeCoins(coin, [transaction.objectRef(referenceTo(two))])
      transaction.transferObjects([transaction.splitCoins(coin, [0])[0] ?? ''], rich.address)
    })
    expect(merged.execution.status).toEqual({ success: true })
    const given = node.chain.objects.ownedBy(rich.address).filter((object) => coinTypeOf(object) === type)
    expect(given.map(coinValue)).toEqual([0n])
    const mixed = await pay((transaction) => {
      const current = node.chain.objects.get(one.id) ?? one
      transaction.mergeCoins(transaction.gas, [transaction.objectRef(referenceTo(current))])
    })
    expect(mixed.execution.status).toHaveProperty('failure.CommandArgumentError.kind.TypeMismatch', true)
  })

  test('an object without store cannot be handed on, and the gas coin goes into no call', async () => {
    const taken = await pay((transaction) => {
      const target = '0x2::coin::into_balance'
      transaction.moveCall({ target, typeArguments: ['0x2::iota::IOTA'], arguments: [transaction.gas] })
    })
    expect(taken.execution.status).toHaveProperty('failure.CommandArgumentError.kind.InvalidGasCoinUsage', true)
    const value = await pay((transaction) => {
      transaction.transferObjects([profile(transaction, packageId)], alice.address)
    })
    expect(value.execution.status).toMatchObject({ failure: { InvalidTransferObject: true } })
  })
})

test('who runs out of gas has spent the budget and changed nothing else', async () => {
  const [coin] = coinsOf(node, alice).sort((a, b) => (a.balance < b.balance ? 1 : -1))
  const balance = () => coinsOf(node, alice).reduce((sum, each) => sum + each.balance, 0n)
  const before = balance()
  const spent = await pay((transaction) => {
    for (let count = 0; count < 100; count++) profile(transaction, packageId)
  }, 5_000_000)
  expect(spent.execution.status).toMatchObject({ success: false, failure: { InsufficientGas: true } })
  expect(spent.execution.gasUsed.computationCost).toBe(5_000_000n)
  expect(before - balance()).toBe(5_000_000n)
  expect(node.chain.objects.get(coin?.objectId ?? '')?.version).toBe(spent.execution.lamportVersion)
})

test('types nested by the thousand are refused', () => {
  const transaction = new Transaction()
  transaction.makeMoveVec({ type: 'u8', elements: [] })
  const kind = kindOf(transaction)
  const at = kind.length - 2
  const type = { vector: Uint8Array.of(6), struct: Uint8Array.of(7, ...new Uint8Array(32), 1, 97, 1, 98, 1), u8: 1 }
  const deep = [17, 500, 3_000, 20_000, 100_000].map((depth) => Array<Uint8Array>(depth).fill(type.vector))
  const structs = [17, 500, 3_300].map((depth) => Array<Uint8Array>(depth).fill(type.struct))
  for (const nested of [...deep, ...structs]) {
    const bytes = Buffer.concat([kind.subarray(0, at), ...nested, Uint8Array.of(type.u8, 0)])
    expect(() => node.devInspect(alice.address, bytes)).toThrow(/type argument depth|cannot decode/)
  }
})

test('an inspection may leave coins over, without a call too', () => {
  const transaction = new Transaction()
  transaction.splitCoins(transaction.gas, [5])
  const { execution, results } = node.devInspect(alice.address, kindOf(transaction))
  expect(execution.status).toEqual({ success: true })
  expect(results[0]?.returnValues).toHaveLength(1)
})

test('an inspection of nonsense is refused as bytes, not as a fault of the ledger', () => {
  for (const bytes of [new Uint8Array(), Uint8Array.of(9), Uint8Array.of(0, 255, 255, 255, 255, 15)])
    expect(() => node.devInspect(alice.address, bytes)).toThrow(/cannot decode/)
  const kind = kindOf(new Transaction())
  expect(bcs.TransactionKind.parse(kind).ProgrammableTransaction?.commands).toEqual([])
  expect(() => node.devInspect(alice.address, kind)).toThrow(/Empty command input/)
})
