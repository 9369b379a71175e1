import { beforeAll, expect, test } from 'vitest'
import { buildPackage, readPackage } from '../../../build/move.ts'
import { newPerson } from '../testing/index.ts'
import { coinValue, isGasCoin } from './objects/index.ts'
import { coinsOf, run, testNode } from './testing/index.ts'

const { node, rich } = testNode()
const alice = newPerson()
/** Stands in the bytecode where the constant is loaded. */
const PART = 40_000_000_123n

const SOURCE = `module parley::mint {
    use iota::{balance, coin::{Self, Coin}, iota::IOTA};
    public fun pay(mut from: Coin<IOTA>, to: address, ctx: &mut TxContext) {
        let part = coin::balance_mut(&mut from).split(${PART});
        transfer::public_transfer(from, to);
        transfer::public_transfer(coin::from_balance(part, ctx), to);
    }
}
`
let modules: string[]
let dependencies: string[]

beforeAll(async () => {
  const built = await buildPackage({ ...readPackage('parley'), 'sources/mint.move': SOURCE })
  modules = built.modules
  dependencies = built.dependencies
  await run(node, rich, (transaction) => {
    const coins = transaction.splitCoins(transaction.gas, [50_000_000_000, 45_000_000_000, 45_000_000_000])
    transaction.transferObjects([coins[0] ?? '', coins[1] ?? '', coins[2] ?? ''], alice.address)
  })
})

/** Moves `transfer(from)` in front of `split`, which still has the reference to its balance. */
function reordered(module: string): string {
  const code = Buffer.from(module, 'base64')
  const load = Buffer.alloc(9, 0x06)
  load.writeBigUInt64LE(PART, 1)
  const start = code.indexOf(load)
  if (start < 0) return module
  // LdU64, CallGeneric split, StLoc; then MoveLoc from, CopyLoc to, CallGeneric public_transfer.
  const [split, transfer] = [start + 13, start + 19]
  const [head, one, other, rest] = [
    code.subarray(0, start),
    code.subarray(start, split),
    code.subarray(split, transfer),
    code.subarray(transfer),
  ]
  return Buffer.concat([head, other, one, rest]).toString('base64')
}

async function pay(code: string[]) {
  const { execution: published } = await run(node, alice, (transaction) => {
    transaction.transferObjects([transaction.publish({ modules: code, dependencies })], alice.address)
  })
  expect(published.status).toEqual({ success: true })
  const before = nanosOfAll()
  const { execution } = await run(node, alice, (transaction) => {
    const [, coin] = coinsOf(node, alice).sort((a, b) => (a.balance < b.balance ? 1 : -1))
    transaction.moveCall({
      target: `${published.published?.id}::mint::pay`,
      arguments: [transaction.objectRef(coin ?? never()), transaction.pure.address(alice.address)],
    })
  })
  // What the transaction burned, and nothing else, is gone.
  expect(nanosOfAll()).toBe(before - execution.gasUsed.computationCostBurned)
  return execution
}

/** Coins and deposits. */
function nanosOfAll(): bigint {
  return [...node.chain.objects.values()].reduce(
    (sum, object) => sum + object.storageRebate + (isGasCoin(object) ? coinValue(object) : 0n),
    0n,
  )
}

function never(): never {
  throw new Error('not there')
}

test('code as the compiler made it divides a coin', async () => {
  expect((await pay(modules)).status).toEqual({ success: true })
})

test('code whose coin is handed over while it is still borrowed makes no IOTA; it fails and pays', async () => {
  const forged = modules.map(reordered)
  expect(forged).not.toEqual(modules)
  const { status, gasUsed } = await pay(forged)
  expect(status).toMatchObject({ success: false, failure: { InvariantViolation: true } })
  expect(gasUsed.computationCost).toBeGreaterThan(0n)
})
