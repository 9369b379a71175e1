import { bcs } from '@iota/iota-sdk/bcs'
import type { IotaClient } from '@iota/iota-sdk/client'
import { Ed25519Keypair } from '@iota/iota-sdk/keypairs/ed25519'
import { Transaction } from '@iota/iota-sdk/transactions'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newAddress, payment, type SdkLedger, startSdk } from './testing/index.ts'

let ledger: SdkLedger
let client: IotaClient
beforeAll(async () => {
  ledger = await startSdk()
  client = ledger.client
})
afterAll(() => ledger.stop())

const REFUSED = { code: -32002, type: 'TransactionExecutionClientError' }

/** A transaction over the first coin of a new account, complete but for its signature. */
async function prepared(change: (transaction: Transaction) => void = () => undefined) {
  const signer = await ledger.funded()
  const sender = signer.toIotaAddress()
  const [coin] = (await client.getCoins({ owner: sender })).data
  if (!coin) throw new Error('no coin')
  const transaction = payment(newAddress(), 1)
  transaction.setSender(sender)
  transaction.setGasPayment([{ objectId: coin.coinObjectId, version: coin.version, digest: coin.digest }])
  transaction.setGasPrice(1000)
  transaction.setGasBudget(5_000_000)
  change(transaction)
  return { signer, coin, transaction, transactionBlock: await transaction.build({ client }) }
}

async function send(transactionBlock: Uint8Array, signer: Ed25519Keypair) {
  const { signature } = await signer.signTransaction(transactionBlock)
  return client.executeTransactionBlock({ transactionBlock, signature, options: { showEffects: true } })
}

function reference(objectId: string) {
  return { objectId, version: '2', digest: '1'.repeat(32) }
}

describe('what the validators of a network refuse is refused at no cost', () => {
  test('a stale version of a coin, and a coin of the future', async () => {
    const { signer, coin, transaction, transactionBlock } = await prepared()
    await send(transactionBlock, signer)
    transaction.setGasBudget(4_000_000)
    await expect(send(await transaction.build(), signer)).rejects.toMatchObject({
      ...REFUSED,
      message: expect.stringMatching(/is not available for consumption/),
    })
    const version = String(Number(coin.version) + 100)
    transaction.setGasPayment([{ objectId: coin.coinObjectId, version, digest: coin.digest }])
    await expect(send(await transaction.build(), signer)).rejects.toMatchObject(REFUSED)
  })

  const wrong: [string, (transaction: Transaction) => void][] = [
    ['a price below the reference', (transaction) => transaction.setGasPrice(999)],
    ['a price out of all proportion', (transaction) => transaction.setGasPrice(100_000)],
    ['a budget below the least', (transaction) => transaction.setGasBudget(999_999)],
    ['a budget above the balance', (transaction) => transaction.setGasBudget(20_000_000_000)],
    ['a budget above the limit', (transaction) => transaction.setGasBudget(50_000_000_001)],
    ['a coin that does not exist', (transaction) => transaction.setGasPayment([reference(`0x${'7'.repeat(64)}`)])],
  ]
  for (const [name, change] of wrong)
    test(name, async () => {
      const { signer, transactionBlock } = await prepared(change)
      await expect(send(transactionBlock, signer)).rejects.toMatchObject(REFUSED)
      const { totalBalance } = await client.getBalance({ owner: signer.toIotaAddress() })
      expect(totalBalance).toBe('50000000000')
    })

  test("another's coin", async () => {
    const victim = await prepared()
    const { signer, transactionBlock } = await prepared((transaction) => {
      const { coinObjectId: objectId, version, digest } = victim.coin
      transaction.setGasPayment([{ objectId, version, digest }])
    })
    await expect(send(transactionBlock, signer)).rejects.toMatchObject(REFUSED)
  })

  test('a signature of somebody else, of other bytes, of none, and one too many', async () => {
    const { signer, transactionBlock } = await prepared()
    const other = new Ed25519Keypair()
    const { signature } = await signer.signTransaction(transactionBlock)
    const foreign = (await other.signTransaction(transactionBlock)).signature
    const personal = (await signer.signPersonalMessage(transactionBlock)).signature
    for (const each of [foreign, personal, [signature, foreign], [signature, signature]])
      await expect(client.executeTransactionBlock({ transactionBlock, signature: each })).rejects.toMatchObject(REFUSED)
    expect((await client.executeTransactionBlock({ transactionBlock, signature })).digest).toBeDefined()
  })

  test('bytes that are no transaction, or more than one', async () => {
    const { signer, transactionBlock } = await prepared()
    for (const bytes of [new Uint8Array(), transactionBlock.slice(1), Uint8Array.of(...transactionBlock, 0)]) {
      const { signature } = await signer.signTransaction(bytes)
      await expect(client.executeTransactionBlock({ transactionBlock: bytes, signature })).rejects.toMatchObject({
        code: -32602,
      })
    }
  })
})

test('the same transaction sent twice has one effect and one answer', async () => {
  const { signer, transactionBlock } = await prepared()
  const both = await Promise.all([send(transactionBlock, signer), send(transactionBlock, signer)])
  expect(both[0]?.effects).toEqual(both[1]?.effects)
  expect(await send(transactionBlock, signer)).toEqual(both[0])
})

test('what only a real node can do is refused by its own code: upgrades and received objects', async () => {
  const upgrade = await prepared((transaction) => {
    transaction.upgrade({ modules: [[1]], dependencies: [], package: '0x9', ticket: transaction.gas })
  })
  const receive = await prepared((transaction) => {
    transaction.transferObjects([transaction.receivingRef(reference(`0x${'7'.repeat(64)}`))], newAddress())
  })
  for (const { transactionBlock, signer } of [upgrade, receive]) {
    const code = -32601
    await expect(client.dryRunTransactionBlock({ transactionBlock })).rejects.toMatchObject({ code })
    await expect(send(transactionBlock, signer)).rejects.toMatchObject({ code })
  }
})

describe('a dry run', () => {
  test('tells effects and costs, needs no signature and no payment, and keeps nothing', async () => {
    const sender = newAddress()
    const transaction = payment(sender, 5)
    transaction.setSender(sender)
    transaction.setGasPayment([])
    transaction.setGasPrice(1000)
    transaction.setGasBudget(5_000_000)
    const height = await client.getLatestCheckpointSequenceNumber()
    const dry = await client.dryRunTransactionBlock({ transactionBlock: await transaction.build() })
    expect(dry.effects).toMatchObject({ status: { status: 'success' }, gasUsed: { computationCost: '1000000' } })
    // The invented coin is nobody's loss.
    expect(dry.balanceChanges).toEqual([{ owner: { AddressOwner: sender }, coinType: '0x2::iota::IOTA', amount: '5' }])
    expect(await client.getLatestCheckpointSequenceNumber()).toBe(height)
  })

  test('promises exactly what the execution then does', async () => {
    const { signer, transactionBlock } = await prepared()
    const dry = await client.dryRunTransactionBlock({ transactionBlock })
    const options = { showEffects: true, showBalanceChanges: true, showObjectChanges: true }
    const { signature } = await signer.signTransaction(transactionBlock)
    const done = await client.executeTransactionBlock({ transactionBlock, signature, options })
    expect(dry.effects).toEqual(done.effects)
    expect(dry.balanceChanges).toEqual(done.balanceChanges)
    expect(dry.objectChanges).toEqual(done.objectChanges)
  })

  test('of what would fail says why; of what cannot be tried, that it is an invalid request', async () => {
    const { transaction, transactionBlock, signer } = await prepared((each) => {
      const [coin] = each.splitCoins(each.gas, [10n ** 18n])
      each.transferObjects([coin], newAddress())
    })
    const dry = await client.dryRunTransactionBlock({ transactionBlock })
    expect(dry.effects.status).toEqual({ status: 'failure', error: 'InsufficientCoinBalance in command 2' })
    expect(dry.executionErrorSource).toBe('InsufficientCoinBalance in command 2')
    await send(transactionBlock, signer)
    await expect(client.dryRunTransactionBlock({ transactionBlock: await transaction.build() })).rejects.toMatchObject({
      code: -32600,
      message: expect.stringMatching(/is not available for consumption/),
    })
  })
})

describe('an inspection', () => {
  test('runs commands that nobody signed, also from an address without coins', async () => {
    const sender = newAddress()
    const { effects, results, error } = await client.devInspectTransactionBlock({
      sender,
      transactionBlock: payment(sender, 1),
    })
    expect(effects.status.status).toBe('success')
    expect(error ?? null).toBeNull()
    const [value, type] = results?.[0]?.returnValues?.[0] ?? []
    expect(type).toBe('0x2::coin::Coin<0x2::iota::IOTA>')
    expect(bcs.u64().parse(new Uint8Array(value?.slice(32) ?? []))).toBe('1')
  })
})

test('waiting for a transaction ends when it is there, and with its time', async () => {
  const { signer, transactionBlock } = await prepared()
  const { signature } = await signer.signTransaction(transactionBlock)
  const digest = await Transaction.from(transactionBlock).getDigest()
  const waiting = client.waitForTransaction({ digest, pollInterval: 10 })
  const indexed = client.waitForTransaction({ digest, pollInterval: 10, waitMode: 'indexed-on-node' })
  await client.executeTransactionBlock({ transactionBlock, signature })
  expect((await waiting).checkpoint).toBeDefined()
  expect((await indexed).digest).toBe(digest)
  const never = client.waitForTransaction({ digest: '1'.repeat(32), pollInterval: 10, timeout: 50 })
  await expect(never).rejects.toThrow()
})
