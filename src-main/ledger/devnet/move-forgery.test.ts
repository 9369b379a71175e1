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

function publish(code: string[]) {
  return run(node, alice, (transaction) => {
    transaction.transferObjects([transaction.publish({ modules: code, dependencies })], alice.address)
  })
}

async function pay(code: string[]) {
  const { execution: published } = await publish(code)
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

test('code whose coin is handed over while it is still borrowed is not published', async () => {
  const forged = modules.map(reordered)
  expect(forged).not.toEqual(modules)
  const { execution } = await publish(forged)
  expect(execution.status).toMatchObject({ failure: { VMVerificationOrDeserializationError: true } })
})

test('nor could it divide the coin that it has handed over, had nobody checked it', async () => {
  const { machine } = node.chain
  const { verify } = machine
  // What an honest package declares, with the forged code in its place and at its address.
  machine.verify = (_, id) => {
    const honest = modules.map((module) => Buffer.from(module, 'base64'))
    const published = verify(honest, id)
    const placed = [...published.modules].map(([name, code]): [string, Uint8Array] => [
      name,
      Buffer.from(reordered(Buffer.from(code).toString('base64')), 'base64'),
    ])
    return { ...published, modules: new Map(placed) }
  }
  try {
    const { status, gasUsed } = await pay(modules)
    expect(status).toMatchObject({ success: false, failure: { MovePrimitiveRuntimeError: { functionName: 'split' } } })
    expect(gasUsed.computationCost).toBeGreaterThan(0n)
  } finally {
    machine.verify = verify
  }
})

test('a machine that made IOTA would fail the transaction, which pays', async () => {
  const { machine } = node.chain
  const { call } = machine
  machine.call = (wanted) => {
    const outcome = call(wanted)
    for (const { bytes } of outcome.transferred) bytes[32] = (bytes[32] ?? 0) ^ 1
    return outcome
  }
  try {
    expect((await pay(modules)).status).toMatchObject({ success: false, failure: { InvariantViolation: true } })
  } finally {
    machine.call = call
  }
})
