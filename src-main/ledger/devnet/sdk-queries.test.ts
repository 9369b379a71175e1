import type { IotaClient } from '@iota/iota-sdk/client'
import type { Ed25519Keypair } from '@iota/iota-sdk/keypairs/ed25519'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newAddress, payment, type SdkLedger, startSdk } from './testing/index.ts'

let ledger: SdkLedger
let client: IotaClient
let alice: Ed25519Keypair
let bob: string
const sent: string[] = []
beforeAll(async () => {
  ledger = await startSdk({ epochMs: 3_600_000 })
  client = ledger.client
  alice = await ledger.funded()
  bob = newAddress()
  for (let count = 0; count < 12; count++) sent.push(await pay())
})
afterAll(() => ledger.stop())

async function pay(to = bob, nanos = 1): Promise<string> {
  return (await client.signAndExecuteTransaction({ transaction: payment(to, nanos), signer: alice })).digest
}

interface Page<T, Cursor> {
  data: T[]
  nextCursor?: Cursor | null
  hasNextPage: boolean
}

/** Reads page by page to the end; between pages something happens. */
async function walk<T, Cursor>(
  next: (cursor: Cursor | null) => Promise<Page<T, Cursor>>,
  between?: () => Promise<unknown>,
): Promise<T[]> {
  const seen: T[] = []
  for (let cursor: Cursor | null = null; ;) {
    const page: Page<T, Cursor> = await next(cursor)
    seen.push(...page.data)
    await between?.()
    if (!page.hasNextPage || page.nextCursor == null) return seen
    cursor = page.nextCursor
  }
}

type Filter = NonNullable<Parameters<IotaClient['queryTransactionBlocks']>[0]['filter']>

describe('transactions', () => {
  const digests = (filter: Filter, order: 'ascending' | 'descending' = 'ascending', between?: () => Promise<unknown>) =>
    walk(async (cursor: string | null) => {
      const page = await client.queryTransactionBlocks({ filter, cursor, limit: 5, order })
      return { ...page, data: page.data.map(({ digest }) => digest) }
    }, between)

  test('are found by every filter that says who, what and where', async () => {
    const from = alice.toIotaAddress()
    const [first = ''] = sent
    const { checkpoint } = await client.getTransactionBlock({ digest: first })
    const { effects } = await client.getTransactionBlock({ digest: first, options: { showEffects: true } })
    const gas = effects?.gasObject.reference.objectId ?? ''
    expect(await digests({ FromAddress: from })).toEqual(sent)
    expect(await digests({ ToAddress: bob })).toEqual(sent)
    expect(await digests({ FromOrToAddress: { addr: bob } })).toEqual(sent)
    expect(await digests({ FromAndToAddress: { from, to: bob } })).toEqual(sent)
    expect(await digests({ FromAndToAddress: { from: bob, to: from } })).toEqual([])
    expect(await digests({ Checkpoint: checkpoint ?? '' })).toEqual([first])
    expect(await digests({ InputObject: gas })).toEqual(sent)
    expect((await digests({ ChangedObject: gas })).slice(1)).toEqual(sent)
    expect(await digests({ TransactionKind: 'ProgrammableTransaction' })).toEqual(expect.arrayContaining(sent))
    expect(await digests({ TransactionKindIn: ['Genesis', 'ProgrammableTransaction'] })).toContain(first)
    expect(await digests({ TransactionKind: 'EndOfEpochTransaction' })).toEqual([])
    expect(await digests({ TransactionKindIn: [] })).toEqual([])
  })

  test('are read in both directions, and what comes meanwhile moves no page', async () => {
    const filter = { FromAndToAddress: { from: alice.toIotaAddress(), to: bob } }
    const before = await digests(filter)
    expect(await digests(filter, 'descending', () => pay())).toEqual(before.toReversed())
    const after = await digests(filter, 'ascending', async () => undefined)
    expect(after.slice(0, before.length)).toEqual(before)
  })

  test('of one request are bounded, in order of the request, and all of them known', async () => {
    const digestsAsked = sent.slice(0, 3).reverse()
    const found = await client.multiGetTransactionBlocks({ digests: digestsAsked })
    expect(found.map(({ digest }) => digest)).toEqual(digestsAsked)
    const unknown = '1'.repeat(32)
    await expect(client.multiGetTransactionBlocks({ digests: [...digestsAsked, unknown] })).rejects.toMatchObject({
      code: -32602,
      message: `Could not find the referenced transaction [TransactionDigest(${unknown})].`,
    })
    expect((await client.queryTransactionBlocks({ limit: 1000 })).data.length).toBeLessThanOrEqual(50)
  })
})

describe('coins', () => {
  const coinsOf = (owner: string, between?: () => Promise<unknown>) =>
    walk((cursor: string | null) => client.getCoins({ owner, cursor, limit: 3 }), between)

  test('are paged by id: those that stay are seen once, whatever comes and goes meanwhile', async () => {
    const owner = newAddress()
    for (let count = 0; count < 7; count++) await pay(owner)
    const stayed = (await coinsOf(owner)).map(({ coinObjectId }) => coinObjectId)
    expect(stayed).toHaveLength(7)
    const seen = (await coinsOf(owner, () => pay(owner))).map(({ coinObjectId }) => coinObjectId)
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen).toEqual(expect.arrayContaining(stayed))
  })

  test('add up to balances; a type that nobody has is zero and no fault', async () => {
    const owner = newAddress()
    await pay(owner, 7)
    await pay(owner, 8)
    const balance = { coinType: '0x2::iota::IOTA', coinObjectCount: 2, totalBalance: '15' }
    expect(await client.getBalance({ owner })).toEqual(balance)
    expect(await client.getAllBalances({ owner })).toEqual([balance])
    expect((await client.getAllCoins({ owner })).data.map((coin) => coin.balance).sort()).toEqual(['7', '8'])
    const coinType = '0x5::gold::GOLD'
    const full = `0x${'5'.padStart(64, '0')}::gold::GOLD`
    expect(await client.getBalance({ owner, coinType })).toEqual({
      coinType: expect.stringMatching(/::gold::GOLD$/),
      coinObjectCount: 0,
      totalBalance: '0',
    })
    expect((await client.getCoins({ owner, coinType: full })).data).toEqual([])
    expect(await client.getCoinMetadata({ coinType })).toBeNull()
    expect(await client.getAllBalances({ owner: newAddress() })).toEqual([])
  })
})

describe('checkpoints and epochs', () => {
  test('form a chain that can be walked both ways and read by number and digest', async () => {
    const up = await walk((cursor: string | null) =>
      client.getCheckpoints({ cursor, limit: 4, descendingOrder: false }),
    )
    const down = await walk((cursor: string | null) =>
      client.getCheckpoints({ cursor, limit: 7, descendingOrder: true }),
    )
    expect(down.toReversed()).toEqual(up)
    up.forEach((checkpoint, index) => {
      expect(checkpoint.sequenceNumber).toBe(String(index))
      expect(checkpoint.previousDigest ?? undefined).toBe(up[index - 1]?.digest)
    })
    const [, one] = up
    expect(await client.getCheckpoint({ id: one?.digest ?? '' })).toEqual(one)
    expect(await client.getLatestCheckpointSequenceNumber()).toBe(String(up.length - 1))
    expect(await client.getTotalTransactionBlocks()).toBe(BigInt(up.at(-1)?.networkTotalTransactions ?? 0))
    await expect(client.getCheckpoint({ id: '99999' })).rejects.toMatchObject({ code: -32602 })
  })

  test('hold transactions that can all be asked for, the genesis among them', async () => {
    const { data } = await client.getCheckpoints({ limit: 10, descendingOrder: false })
    const options = { showInput: true, showEffects: true, showObjectChanges: true, showBalanceChanges: true }
    const digests = data.flatMap(({ transactions }) => transactions)
    const found = await client.multiGetTransactionBlocks({ digests, options })
    expect(found[0]?.transaction?.data.transaction.kind).toBe('Genesis')
    expect(found.map(({ checkpoint }) => checkpoint)).toEqual(data.map(({ sequenceNumber }) => sequenceNumber))
  })

  test('the epoch that runs has its number, beginning and length', async () => {
    const epoch = await client.getCurrentEpoch()
    const state = await client.getLatestIotaSystemState()
    expect(state).toMatchObject({ epoch: '0', epochDurationMs: '3600000', referenceGasPrice: '1000' })
    expect(epoch).toMatchObject({ epoch: '0', firstCheckpointId: '0', endOfEpochInfo: null })
    expect(epoch.epochStartTimestamp).toBe(state.epochStartTimestampMs)
    expect(epoch.epochTotalTransactions).toBe(await client.getTotalTransactions())
    expect((await client.getEpochs()).data).toEqual([epoch])
  })
})

test('epochs that have turned are listed with their last checkpoint, whose data says so', async () => {
  const fast = await startSdk({ epochMs: 30 })
  try {
    const signer = await fast.funded()
    while (BigInt((await fast.client.getCurrentEpoch()).epoch) < 3n)
      await fast.client.signAndExecuteTransaction({ transaction: payment(bob, 1), signer })
    const page = await fast.client.getEpochs({ limit: 2 })
    expect(page.data.map(({ epoch }) => epoch)).toEqual(['0', '1'])
    expect(page).toMatchObject({ hasNextPage: true, nextCursor: '1' })
    const [first] = page.data
    const last = await fast.client.getCheckpoint({ id: first?.endOfEpochInfo?.lastCheckpointId ?? '' })
    expect(last.epoch).toBe('0')
    expect(last.endOfEpochData).toBeDefined()
    expect(page.data[1]?.firstCheckpointId).toBe(String(Number(last.sequenceNumber) + 1))
    const down = await fast.client.getEpochMetrics({ limit: 50, descendingOrder: true })
    expect(down.data.at(-1)?.epoch).toBe('0')
    expect(await fast.client.getCommitteeInfo({ epoch: '1' })).toEqual({ epoch: '1', validators: [] })
  } finally {
    await fast.stop()
  }
})
