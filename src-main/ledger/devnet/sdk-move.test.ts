import type { IotaClient, IotaEvent, IotaTransactionBlockResponse } from '@iota/iota-sdk/client'
import type { Ed25519Keypair } from '@iota/iota-sdk/keypairs/ed25519'
import { Transaction } from '@iota/iota-sdk/transactions'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ObjectNames, payment, publishRegistry, registration, type SdkLedger, startSdk } from './testing/index.ts'

const EVERYTHING = {
  showInput: true,
  showRawInput: true,
  showEffects: true,
  showRawEffects: true,
  showEvents: true,
  showObjectChanges: true,
  showBalanceChanges: true,
}
const WHOLE = { showType: true, showOwner: true, showContent: true, showBcs: true, showPreviousTransaction: true }

let ledger: SdkLedger
let client: IotaClient
let alice: Ed25519Keypair
let names: ObjectNames
let registered: IotaTransactionBlockResponse
let record: string
beforeAll(async () => {
  ledger = await startSdk()
  client = ledger.client
  alice = await ledger.funded()
  names = await publishRegistry(client, alice)
  registered = await register()
  record = createdRecord(registered)
})
afterAll(() => ledger.stop())

async function register(): Promise<IotaTransactionBlockResponse> {
  const transaction = await registration(client, names.package, alice.toIotaAddress())
  return client.signAndExecuteTransaction({ transaction, signer: alice, options: EVERYTHING })
}

function createdRecord({ objectChanges }: IotaTransactionBlockResponse): string {
  const created = objectChanges?.find((change) => change.type === 'created' && /NodeRecord$/.test(change.objectType))
  if (created?.type !== 'created') throw new Error(JSON.stringify(objectChanges))
  return created.objectId
}

/** A call over the shared record, which the SDK looks up by itself. */
function callOf(name: string): Transaction {
  const transaction = new Transaction()
  transaction.moveCall({ target: `${names.package}::registry::${name}`, arguments: [transaction.object(record)] })
  return transaction
}

describe('a package', () => {
  test('is an immutable object with its modules, and is published in the changes of its transaction', async () => {
    const { data } = await client.getObject({ id: names.package, options: WHOLE })
    expect(data).toMatchObject({ type: 'package', owner: 'Immutable', previousTransaction: names.digest })
    expect(data?.bcs).toMatchObject({ dataType: 'package', id: names.package })
    const done = await client.getTransactionBlock({ digest: names.digest, options: EVERYTHING })
    expect(done.objectChanges).toContainEqual(
      expect.objectContaining({ type: 'published', modules: ['channel', 'registry'] }),
    )
    expect(done.transaction?.data.transaction).toMatchObject({ transactions: [{ Publish: expect.any(Array) }, {}] })
  })

  test('gives its publisher an UpgradeCap, found by type, module and package', async () => {
    const owner = alice.toIotaAddress()
    const found = async (filter: Parameters<IotaClient['getOwnedObjects']>[0]['filter']) =>
      (await client.getOwnedObjects({ owner, filter: filter ?? null, options: WHOLE })).data.map(({ data }) => data)
    const [cap] = await found({ StructType: '0x2::package::UpgradeCap' })
    expect(cap).toMatchObject({ objectId: names.upgradeCap, content: { fields: { package: names.package } } })
    for (const filter of [
      { MoveModule: { package: '0x2', module: 'package' } },
      { ObjectId: names.upgradeCap },
      { ObjectIds: [names.upgradeCap, names.package] },
      { MatchAll: [{ Package: '0x2' }, { MatchNone: [{ StructType: '0x2::coin::Coin' }] }] },
      { MatchAny: [{ StructType: '0x2::package::UpgradeCap' }, { ObjectId: '0x9' }] },
    ])
      expect((await found(filter)).map((each) => each?.objectId)).toEqual([names.upgradeCap])
    const coins = await found({ StructType: '0x2::coin::Coin<0x2::iota::IOTA>' })
    expect(coins).toEqual(await found({ StructType: '0x2::coin::Coin' }))
    expect(coins.length).toBe((await client.getCoins({ owner })).data.length)
    expect(await found({ AddressOwner: '0x9' })).toEqual([])
    expect(await found({ Version: cap?.version ?? '' })).toContainEqual(cap)
  })

  test('shows its functions and structs, and how arguments are passed', async () => {
    const where = { package: names.package, module: 'registry' }
    const fn = await client.getNormalizedMoveFunction({ ...where, function: 'renew' })
    expect(fn.parameters[0]).toHaveProperty('MutableReference.Struct.name', 'NodeRecord')
    expect(await client.getMoveFunctionArgTypes({ ...where, function: 'register' })).toEqual([
      'Pure',
      { Object: 'ByValue' },
      'Pure',
      { Object: 'ByValue' },
      { Object: 'ByMutableReference' },
    ])
    const struct = await client.getNormalizedMoveStruct({ ...where, struct: 'NodeRecord' })
    expect(struct.abilities.abilities).toEqual(['Key'])
    for (const wrong of [
      client.getNormalizedMoveModule({ package: names.package, module: 'nothing' }),
      client.getNormalizedMoveFunction({ ...where, function: 'constructor' }),
      client.getNormalizedMoveStruct({ ...where, struct: 'toString' }),
      client.getNormalizedMoveModulesByPackage({ package: '0x9' }),
    ])
      await expect(wrong).rejects.toMatchObject({ code: -32602 })
  })
})

describe('a Move call', () => {
  test('shows its arguments, its shared object and its event', async () => {
    expect(registered.effects?.status).toEqual({ status: 'success' })
    const { transaction } = registered.transaction?.data ?? {}
    expect(transaction).toMatchObject({ kind: 'ProgrammableTransaction' })
    const inputs = transaction?.kind === 'ProgrammableTransaction' ? transaction.inputs : []
    expect(inputs.slice(0, 2)).toMatchObject([
      { valueType: 'u64', value: '1' },
      { valueType: 'u64', value: '2' },
    ])
    const shared = await client.getObject({ id: record, options: WHOLE })
    expect(shared.data?.owner).toEqual({ Shared: { initial_shared_version: Number(shared.data?.version) } })
    const { fields } = shared.data?.content as { fields: Record<string, unknown> }
    expect(fields).toMatchObject({ id: { id: record }, owner: alice.toIotaAddress(), stake: '1000000000' })
    const prices = { relayed_mb: '1', stored_mb_day: '2', forwarded_transaction: '3' }
    expect(fields['profile']).toMatchObject({
      type: `${names.package}::registry::Profile`,
      fields: {
        endpoints: ['wss://s2.example:443'],
        roles: '3',
        prices: { type: `${names.package}::registry::Prices`, fields: prices },
      },
    })
    expect(registered.events).toHaveLength(1)
    expect(registered.events?.[0]).toMatchObject({
      type: `${names.package}::registry::Registered`,
      transactionModule: 'registry',
      packageId: names.package,
      sender: alice.toIotaAddress(),
      parsedJson: { node: record, stake: '1000000000' },
    })
    expect(await client.call('iota_getEvents', [registered.digest])).toEqual(registered.events)
  })

  test('of the SDK by name finds version and mutability of a shared object by itself', async () => {
    const done = await client.signAndExecuteTransaction({
      transaction: callOf('leave'),
      signer: alice,
      options: EVERYTHING,
    })
    expect(done.effects?.status).toEqual({ status: 'success' })
    expect(done.effects?.sharedObjects).toHaveLength(1)
    const found = await client.queryTransactionBlocks({ filter: { InputObject: record } })
    expect(found.data.map(({ digest }) => digest)).toEqual([done.digest])
    const changed = await client.queryTransactionBlocks({ filter: { ChangedObject: record } })
    expect(changed.data.map(({ digest }) => digest)).toEqual([registered.digest, done.digest])
  })

  test('that aborts is shown with module and code, charges gas, and emits nothing', async () => {
    const mallory = await ledger.funded()
    const transaction = callOf('leave')
    transaction.setGasBudget(10_000_000)
    const done = await client.signAndExecuteTransaction({ transaction, signer: mallory, options: EVERYTHING })
    expect(done.effects?.status.error).toMatch(/MoveAbort.*registry.*, 1\) in command 0/)
    expect(done.events).toEqual([])
    expect(done.balanceChanges).toHaveLength(1)
  })

  test('can be inspected without a key or coins: values, references and the reason of a failure', async () => {
    const sender = `0x${'5'.repeat(64)}`
    const good = new Transaction()
    good.moveCall({
      target: `${names.package}::registry::prices`,
      arguments: [good.pure.u64(1), good.pure.u64(2), good.pure.u64(3)],
    })
    const { results, effects } = await client.devInspectTransactionBlock({ sender, transactionBlock: good })
    expect(effects.status.status).toBe('success')
    expect(results?.[0]?.returnValues?.[0]?.[1]).toBe(`${names.package}::registry::Prices`)
    const bad = await client.devInspectTransactionBlock({ sender, transactionBlock: callOf('leave') })
    expect(bad.error).toMatch(/MoveAbort/)
    expect(bad.results ?? null).toBeNull()
  })

  test('is found by package, module and function', async () => {
    const digests = async (filter: { package: string; module?: string; function?: string }) =>
      (await client.queryTransactionBlocks({ filter: { MoveFunction: filter } })).data.map(({ digest }) => digest)
    const by = { package: names.package, module: 'registry', function: 'register' }
    expect(await digests(by)).toEqual([registered.digest])
    expect(await digests({ package: names.package })).toContain(registered.digest)
    expect(await digests({ package: names.package, module: 'channel' })).toEqual([])
  })
})

describe('events', () => {
  const idOf = ({ id }: IotaEvent) => `${id.txDigest}:${id.eventSeq}`

  test('are found by every filter', async () => {
    const mine = registered.events?.[0]
    if (!mine) throw new Error('no event')
    const registry = { package: names.package, module: 'registry' }
    const time = Number(mine.timestampMs)
    for (const query of [
      { Sender: alice.toIotaAddress() },
      { Transaction: registered.digest },
      { Package: names.package },
      { MoveModule: registry },
      { MoveEventModule: registry },
      { MoveEventType: `${names.package}::registry::Registered` },
      { MoveEventField: { path: '/node', value: record } },
      { TimeRange: { startTime: String(time), endTime: String(time + 1) } },
      { All: [] },
      { All: [{ Package: names.package }, { Sender: alice.toIotaAddress() }, { MoveModule: registry }] },
      { Any: [{ Sender: '0x9' }, { Transaction: registered.digest }] },
      { And: [{ MoveEventField: { path: 'stake', value: '1000000000' } }, { Transaction: registered.digest }] },
      { Or: [{ Sender: '0x9' }, { And: [{ MoveModule: registry }, { Package: names.package }] }] },
    ] as Parameters<IotaClient['queryEvents']>[0]['query'][])
      expect((await client.queryEvents({ query })).data.map(idOf), JSON.stringify(query)).toContain(idOf(mine))
    for (const query of [
      { Sender: '0x9' },
      { TimeRange: { startTime: '0', endTime: String(time) } },
      { And: [{ Sender: alice.toIotaAddress() }, { Sender: '0x9' }] },
      { MoveEventField: { path: '/__proto__', value: {} } },
      { Any: [] },
    ] as Parameters<IotaClient['queryEvents']>[0]['query'][])
      expect((await client.queryEvents({ query })).data.map(idOf), JSON.stringify(query)).not.toContain(idOf(mine))
  })

  test('are read page by page in both directions, and new ones do not move a page', async () => {
    for (let count = 0; count < 4; count++) await register()
    const query = { MoveEventType: `${names.package}::registry::Registered` }
    const walk = async (order: 'ascending' | 'descending', between?: () => Promise<unknown>) => {
      const seen: string[] = []
      for (let cursor: IotaEvent['id'] | null = null; ;) {
        const page = await client.queryEvents({ query, cursor, limit: 2, order })
        seen.push(...page.data.map(idOf))
        await between?.()
        if (!page.hasNextPage || !page.nextCursor) return seen
        cursor = page.nextCursor
      }
    }
    const all = await walk('ascending')
    expect(new Set(all).size).toBe(5)
    expect(await walk('descending', register)).toEqual(all.reverse())
  })
})

describe('an object', () => {
  test('can be read at each version that it had', async () => {
    const versions = await client.queryTransactionBlocks({ filter: { ChangedObject: record }, options: EVERYTHING })
    const seen = versions.data.map(({ effects }) => {
      const written = [...(effects?.created ?? []), ...(effects?.mutated ?? [])]
      return Number(written.find(({ reference }) => reference.objectId === record)?.reference.version)
    })
    expect(seen.length).toBeGreaterThan(1)
    for (const version of seen) {
      const past = await client.tryGetPastObject({ id: record, version, options: WHOLE })
      expect(past).toMatchObject({ status: 'VersionFound', details: { version: String(version) } })
    }
    const newest = Math.max(...seen)
    const status = async (id: string, version: number) => (await client.tryGetPastObject({ id, version })).status
    expect(await status(record, newest + 1)).toBe('VersionTooHigh')
    expect(await status(record, 1)).toBe('VersionNotFound')
    expect(await status(`0x${'9'.repeat(64)}`, 1)).toBe('ObjectNotExists')
    const many = await client.call<{ status: string }[]>('iota_tryMultiGetPastObjects', [
      seen.map((version) => ({ objectId: record, version: String(version) })),
    ])
    expect(new Set(many.map((each) => each.status))).toEqual(new Set(['VersionFound']))
  })

  test('that was deleted is told from one that never was', async () => {
    const bob = await ledger.funded()
    const owner = bob.toIotaAddress()
    const [first, second] = (await client.getCoins({ owner })).data
    const merge = new Transaction()
    merge.mergeCoins(first?.coinObjectId ?? '', [second?.coinObjectId ?? ''])
    const { digest } = await client.signAndExecuteTransaction({ transaction: merge, signer: bob })
    const id = second?.coinObjectId ?? ''
    expect((await client.getObject({ id })).error).toMatchObject({ code: 'deleted', object_id: id })
    expect((await client.getObject({ id: '0x9' })).error).toMatchObject({ code: 'notExists' })
    expect((await client.tryGetPastObject({ id, version: 10 ** 9 })).status).toBe('ObjectDeleted')
    const gone = await client.queryTransactionBlocks({ filter: { WrappedOrDeletedObject: id } as never })
    expect(gone.data.map((each) => each.digest)).toEqual([digest])
    await client.signAndExecuteTransaction({ transaction: payment(owner, 1), signer: bob })
  })
})
