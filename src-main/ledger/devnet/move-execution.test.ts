import { bcs } from '@iota/iota-sdk/bcs'
import { Transaction } from '@iota/iota-sdk/transactions'
import { beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../base/index.ts'
import { newPerson } from '../testing/index.ts'
import { verifyChain } from './check.ts'
import type { ChainEntry } from './chain.ts'
import { CLOCK_ID } from './execution/index.ts'
import { createMoveMachine } from './move/index.ts'
import { coinValue, decodePackage, isCoin, type LedgerObject, moveTypeOf } from './objects/index.ts'
import {
  build,
  coinsOf,
  kindOf,
  profile,
  publishParley,
  referenceTo,
  register,
  run,
  sharedInput,
  STAKE_NANOS,
  testNode,
} from './testing/index.ts'

const made = testNode()
const { node, rich } = made
const [alice, bob] = [newPerson(), newPerson()]
let packageId: string
beforeAll(async () => {
  for (const { address } of [alice, bob])
    await run(node, rich, (transaction) => {
      const coins = transaction.splitCoins(transaction.gas, [50_000_000_000, 3_000])
      transaction.transferObjects([coins[0] ?? '', coins[1] ?? ''], address)
    })
  packageId = await publishParley(node, alice)
})

function only(entry: ChainEntry, kind: string, type: string): LedgerObject {
  const found = entry.execution.changes.filter(
    (change) => change.kind === kind && moveTypeOf(change.after ?? change.before ?? never()).includes(type),
  )
  expect(found).toHaveLength(1)
  return found[0]?.after ?? found[0]?.before ?? never()
}

function never(): never {
  throw new Error('not there')
}

function effectsOf(entry: ChainEntry) {
  const effects = bcs.TransactionEffects.parse(entry.execution.effects.bytes).V1
  return effects ?? never()
}

describe('publishing', () => {
  test('makes an immutable package, calls it by its id, and gives an UpgradeCap', async () => {
    const published = node.chain.objects.get(packageId) ?? never()
    expect(published).toMatchObject({ version: 1n, owner: { Immutable: true } })
    expect([...decodePackage(published).modules.keys()]).toEqual(['channel', 'registry'])
    const cap = node.chain.objects.ownedBy(alice.address).find((object) => !isCoin(object)) ?? never()
    expect(moveTypeOf(cap)).toMatch(/::package::UpgradeCap$/)
    const entry = node.chain.entry(published.previousTransaction) ?? never()
    const change = effectsOf(entry).changedObjects.find(([id]) => id === packageId)?.[1]
    expect(change?.outputState.PackageWrite).toEqual(['1', published.digest])
    const moved = await run(node, alice, (transaction) => {
      transaction.transferObjects([transaction.objectRef(referenceTo(cap))], bob.address)
    })
    expect(moved.execution.status).toEqual({ success: true })
    expect(node.chain.objects.get(cap.id)?.owner).toEqual({ AddressOwner: bob.address })
  })

  test('of bytes that are no module fails and charges gas; of an unknown dependency or an upgrade is refused', async () => {
    const bad = await run(node, alice, (transaction) => {
      const cap = transaction.publish({ modules: [[1, 2, 3]], dependencies: ['0x1'] })
      transaction.transferObjects([cap], alice.address)
    })
    expect(bad.execution.status).toMatchObject({ failure: { VMVerificationOrDeserializationError: true }, command: 0 })
    const unknown = run(node, alice, (transaction) => {
      transaction.transferObjects([transaction.publish({ modules: [[1]], dependencies: ['0x77'] })], alice.address)
    })
    await expect(unknown).rejects.toThrow(/Dependent package not found on-chain/)
    const upgrade = run(node, alice, (transaction) => {
      const ticket = transaction.gas
      transaction.upgrade({ modules: [[1]], dependencies: [], package: packageId, ticket })
    })
    await expect(upgrade).rejects.toThrow(/not supported by this devnet/)
  })
})

describe('a shared object', () => {
  test('is made, changed by its owner alone, held over epochs, and deleted with its stake given back', async () => {
    const registered = await register(node, bob, packageId)
    expect(registered.execution.status).toEqual({ success: true })
    const record = only(registered, 'created', 'NodeRecord')
    expect(record.owner).toEqual({ Shared: { initialSharedVersion: record.version.toString() } })
    const call = (person: typeof bob, name: string, more: (transaction: Transaction) => unknown[] = () => []) =>
      run(node, person, (transaction) => {
        const current = node.chain.objects.get(record.id) ?? record
        const shared = sharedInput(transaction, current)
        transaction.moveCall({
          target: `${packageId}::registry::${name}`,
          arguments: [shared, ...(more(transaction) as [])],
        })
      })
    const renewed = await call(bob, 'renew', (transaction) => [profile(transaction, packageId)])
    expect(renewed.execution.status).toEqual({ success: true })
    expect(only(renewed, 'mutated', 'NodeRecord').version).toBe(renewed.execution.lamportVersion)
    const foreign = await call(alice, 'leave')
    expect(foreign.execution.status).toMatchObject({ success: false, command: 0 })
    expect(foreign.execution.status).toHaveProperty('failure.MoveAbort.1', '1')
    // A failed transaction has touched the shared object: its version grows, its contents stay.
    expect(only(foreign, 'mutated', 'NodeRecord').contents).toEqual(only(renewed, 'mutated', 'NodeRecord').contents)
    expect((await call(bob, 'leave')).execution.status).toEqual({ success: true })
    expect((await call(bob, 'withdraw')).execution.status).toHaveProperty('failure.MoveAbort.1', '4')
    await node.turnEpoch()
    await node.turnEpoch()
    const before = coinsOf(node, bob).length
    const withdrawn = await call(bob, 'withdraw')
    expect(withdrawn.execution.status).toEqual({ success: true })
    expect(only(withdrawn, 'deleted', 'NodeRecord').id).toBe(record.id)
    expect(effectsOf(withdrawn).changedObjects.find(([id]) => id === record.id)?.[1].idOperation.Deleted).toBe(true)
    expect(coinsOf(node, bob)).toHaveLength(before + 1)
    expect(coinsOf(node, bob).some(({ balance }) => balance === STAKE_NANOS)).toBe(true)
    expect(node.chain.objects.get(record.id)).toBeUndefined()
    await expect(call(bob, 'leave')).rejects.toThrow(/Could not find the referenced object/)
    expect(node.chain.objectAt(record.id, record.version)).toEqual(record)
    expect(node.chain.transactions({ gone: record.id }, { limit: 9 })).toHaveLength(1)
    expect(
      node.chain.transactions({ package: packageId, module: 'registry', function: 'withdraw' }, { limit: 9 }),
    ).toHaveLength(2)
  })

  test('must be named with its first version, as shared, once, and not as owned', async () => {
    const record = only(await register(node, bob, packageId), 'created', 'NodeRecord')
    const use = (input: (transaction: Transaction) => unknown[]) =>
      run(node, bob, (transaction) => {
        transaction.moveCall({ target: `${packageId}::registry::leave`, arguments: input(transaction) as [] })
      })
    const reference = { objectId: record.id, initialSharedVersion: 1, mutable: true }
    await expect(use((transaction) => [transaction.sharedObjectRef(reference)])).rejects.toThrow(/initial version/)
    await expect(use((transaction) => [transaction.objectRef(referenceTo(record))])).rejects.toThrow(/is shared/)
    const [coin] = node.chain.objects.ownedBy(bob.address).filter(isCoin)
    const owned = { objectId: coin?.id ?? '', initialSharedVersion: 1, mutable: true }
    await expect(use((transaction) => [transaction.sharedObjectRef(owned)])).rejects.toThrow(/not shared/)
    const read = await use((transaction) => [sharedInput(transaction, record, false)])
    expect(read.execution.status).toMatchObject({
      failure: { CommandArgumentError: { argIdx: 0, kind: { InvalidObjectByMutRef: true } } },
    })
    const transfer = await run(node, bob, (transaction) => {
      transaction.transferObjects([sharedInput(transaction, record)], alice.address)
    })
    expect(transfer.execution.status).toMatchObject({ failure: { InvalidTransferObject: true } })
  })
})

describe('the clock', () => {
  test('shows the time of the checkpoint, is read by reference alone, and stands in the effects', async () => {
    const read = async (mutable: boolean) =>
      run(node, alice, (transaction) => {
        const clock = transaction.sharedObjectRef({ objectId: CLOCK_ID, initialSharedVersion: 1, mutable })
        transaction.moveCall({ target: '0x2::clock::timestamp_ms', arguments: [clock] })
      })
    await expect(read(true)).rejects.toThrow(/immutable parameter expected/)
    const before = node.chain.objects.get(CLOCK_ID)?.version ?? 0n
    const entry = await read(false)
    expect(entry.execution.status).toEqual({ success: true })
    const [clock] = entry.execution.sharedInputs
    expect(clock).toMatchObject({ id: CLOCK_ID, version: before + 1n, mutable: false })
    const [[id, state] = never()] = effectsOf(entry).unchangedSharedObjects
    expect([id, state.ReadOnlyRoot?.[1]]).toEqual([CLOCK_ID, node.chain.objects.get(CLOCK_ID)?.digest])
    const contents = node.chain.objects.get(CLOCK_ID)?.contents ?? never()
    expect(new DataView(contents.slice().buffer).getBigUint64(32, true)).toBe(BigInt(entry.time))
    expect(Math.abs(entry.time - systemClock.now())).toBeLessThan(60_000)
  })
})

test('values move from call to call, and what Move does not let go of fails the transaction', async () => {
  const zero = { target: '0x2::coin::zero', typeArguments: ['0x2::iota::IOTA'] }
  const kept = await run(node, alice, (transaction) => {
    const coin = transaction.moveCall(zero)
    transaction.mergeCoins(transaction.gas, [coin])
  })
  expect(kept.execution.status).toEqual({ success: true })
  const lost = await run(node, alice, (transaction) => void transaction.moveCall(zero))
  expect(lost.execution.status).toMatchObject({
    failure: { UnusedValueWithoutDrop: { resultIdx: 0, secondaryIdx: 0 } },
  })
  const dropped = await run(node, alice, (transaction) => void profile(transaction, packageId))
  expect(dropped.execution.status).toEqual({ success: true })
  const [coin = never()] = coinsOf(node, alice).sort((a, b) => (a.balance < b.balance ? -1 : 1))
  const given = await run(node, alice, (transaction) => {
    const typeArguments = ['0x2::iota::IOTA']
    const value = transaction.moveCall({
      target: '0x2::coin::value',
      typeArguments,
      arguments: [transaction.objectRef(coin)],
    })
    const [part] = transaction.splitCoins(transaction.gas, [value])
    transaction.transferObjects([part ?? never()], bob.address)
  })
  expect(given.execution.status).toEqual({ success: true })
  expect(coinsOf(node, bob).some(({ balance }) => balance === coin.balance)).toBe(true)
})

test('unknown functions are said to be not there or not supported; steps cost gas', async () => {
  const missing = await run(node, alice, (transaction) => {
    transaction.moveCall({ target: `${packageId}::registry::nothing`, arguments: [] })
  })
  expect(missing.execution.status).toMatchObject({ failure: { FunctionNotFound: true } })
  const framework = run(node, alice, (transaction) => {
    transaction.moveCall({ target: '0x2::coin::nothing', arguments: [] })
  })
  await expect(framework).rejects.toThrow(/not supported by this devnet/)
  const bytes = await build(node, alice, (transaction) => void profile(transaction, packageId))
  const { execution } = node.simulate(bytes)
  expect(execution.gasUsed.computationCost % 1_000_000n).toBe(0n)
  expect(execution.gasUsed.computationCost).toBeGreaterThanOrEqual(1_000_000n)
})

test('an inspection answers values and changed references of anybody’s objects, and keeps nothing', () => {
  const transaction = new Transaction()
  const coin = transaction.objectRef(referenceTo(node.chain.objects.ownedBy(rich.address)[0] ?? never()))
  transaction.splitCoins(coin, [5])
  transaction.moveCall({ target: '0x2::coin::value', typeArguments: ['0x2::iota::IOTA'], arguments: [coin] })
  const { height } = node.chain
  const { execution, results } = node.devInspect(alice.address, kindOf(transaction))
  expect(execution.status).toEqual({ success: true })
  const [split, value] = results
  expect(coinValue({ contents: split?.returnValues[0]?.bytes ?? never() })).toBe(5n)
  expect(split?.mutableReferences).toHaveLength(1)
  const all = coinValue({ contents: split?.mutableReferences[0]?.bytes ?? never() })
  expect(value?.returnValues).toEqual([{ type: 'u64', bytes: bcs.u64().serialize(all).toBytes() }])
  expect(node.chain.height).toBe(height)
})

test('events say who called what, and are found by every filter', () => {
  const all = node.chain.events({ all: true }, { limit: 50 })
  expect(all.length).toBeGreaterThan(3)
  const [first = never()] = all
  expect(first).toMatchObject({ packageId, module: 'registry', sender: bob.address, sequence: 0n })
  const limit = { limit: 50 }
  expect(node.chain.events({ sender: bob.address }, limit)).toEqual(all)
  expect(node.chain.events({ package: packageId, module: 'registry' }, limit)).toEqual(all)
  expect(node.chain.events({ definedIn: { package: packageId } }, limit)).toEqual(all)
  expect(node.chain.events({ type: first.type }, limit).every(({ type }) => type === first.type)).toBe(true)
  expect(node.chain.events({ transaction: first.transaction }, limit)).toEqual([first])
  expect(node.chain.events({ from: first.time, to: Number.MAX_SAFE_INTEGER }, limit)).toEqual(all)
  expect(node.chain.events({ all: true }, { limit: 50, descending: true })).toEqual(all.toReversed())
  const after = { checkpoint: first.checkpoint, sequence: first.sequence }
  expect(node.chain.events({ all: true }, { limit: 50, after })).toEqual(all.slice(1))
  expect(effectsOf(node.chain.entry(first.transaction) ?? never()).eventsDigest).toEqual(expect.any(String))
  expect(node.chain.events({ sender: alice.address }, limit)).toEqual([])
})

test('effects of every kind are those that the schema of the SDK would write', () => {
  const kinds = new Set<string>()
  for (const { execution } of node.chain.transactions({ all: true }, { limit: 1000 })) {
    const { bytes } = execution.effects
    const again = bcs.TransactionEffects.serialize(bcs.TransactionEffects.parse(bytes), {
      maxSize: 1_000_000,
    }).toBytes()
    expect(again).toEqual(bytes)
    kinds.add(execution.status.success ? 'success' : (Object.keys(execution.status.failure)[0] ?? ''))
  }
  expect(kinds).toContain('MoveAbort')
  expect(kinds.size).toBeGreaterThan(5)
})

test('all of it has the same effects when it is executed again', async () => {
  expect((await verifyChain(made.terms, made.database, createMoveMachine())).transactions).toBe(
    node.chain.transactionCount - 1,
  )
})
