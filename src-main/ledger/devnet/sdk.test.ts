import { bcs } from '@iota/iota-sdk/bcs'
import type { IotaClient } from '@iota/iota-sdk/client'
import { requestIotaFromFaucet, requestIotaFromFaucetV0 } from '@iota/iota-sdk/faucet'
import { Ed25519Keypair } from '@iota/iota-sdk/keypairs/ed25519'
import { Secp256k1Keypair } from '@iota/iota-sdk/keypairs/secp256k1'
import { Secp256r1Keypair } from '@iota/iota-sdk/keypairs/secp256r1'
import { MultiSigPublicKey } from '@iota/iota-sdk/multisig'
import {
  coinWithBalance,
  ParallelTransactionExecutor,
  SerialTransactionExecutor,
  Transaction,
} from '@iota/iota-sdk/transactions'
import { fromBase64 } from '@iota/bcs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newAddress, payment, type SdkLedger, startSdk } from './testing/index.ts'

let ledger: SdkLedger
let client: IotaClient
let funded: SdkLedger['funded']
beforeAll(async () => {
  ledger = await startSdk()
  ;({ client, funded } = ledger)
})
afterAll(() => ledger.stop())

describe('the unmodified SDK against the local ledger', () => {
  test('transfers with automatic gas, waits, and finds the transaction by address', async () => {
    const [alice, bob] = [await funded(), new Ed25519Keypair().toIotaAddress()]
    const options = {
      showEffects: true,
      showInput: true,
      showRawInput: true,
      showRawEffects: true,
      showObjectChanges: true,
      showBalanceChanges: true,
    }
    const transaction = payment(bob, 1_500_000_000)
    const done = await client.signAndExecuteTransaction({ transaction, signer: alice, options })
    expect(done.effects?.status.status).toBe('success')
    expect(bcs.TransactionEffects.parse(new Uint8Array(done.rawEffects ?? [])).V1?.transactionDigest).toBe(done.digest)
    expect(bcs.SenderSignedData.parse(fromBase64(done.rawTransaction ?? ''))[0]?.txSignatures).toHaveLength(1)
    expect(await transaction.getDigest({ client })).toBe(done.digest)
    expect((await client.waitForTransaction({ digest: done.digest, pollInterval: 50 })).checkpoint).toBeDefined()
    for (const filter of [
      { ToAddress: bob },
      { FromAddress: alice.toIotaAddress() },
      { FromOrToAddress: { addr: bob } },
    ]) {
      const found = await client.queryTransactionBlocks({ filter, limit: 5 })
      expect(found.data.map(({ digest }) => digest)).toContain(done.digest)
    }
    expect((await client.getBalance({ owner: bob })).totalBalance).toBe('1500000000')
  })

  test('gives five coins by the faucet with tasks, and pages through them', async () => {
    const owner = new Ed25519Keypair().toIotaAddress()
    await requestIotaFromFaucet({ host: ledger.faucet, recipient: owner })
    const ids: string[] = []
    let cursor: string | null | undefined
    for (;;) {
      const page = await client.getCoins({ owner, limit: 2, cursor: cursor ?? null })
      ids.push(...page.data.map(({ coinObjectId }) => coinObjectId))
      if (!page.hasNextPage) break
      cursor = page.nextCursor
    }
    expect(new Set(ids).size).toBe(5)
  })

  test('carries a sealed memo in an unused pure input of 16,383 bytes, and refuses one more', async () => {
    const [alice, bob] = [await funded(), new Ed25519Keypair().toIotaAddress()]
    const send = (length: number) => {
      const transaction = payment(bob, 1)
      transaction.pure(new Uint8Array(length).fill(7))
      return client.signAndExecuteTransaction({ transaction, signer: alice })
    }
    await send(16_383)
    await expect(send(16_384)).rejects.toThrow()
    const { data } = await client.queryTransactionBlocks({ filter: { ToAddress: bob }, options: { showInput: true } })
    expect(JSON.stringify(data[0]?.transaction).match(/7,7/g)?.length).toBeGreaterThan(8_000)
  })

  test('merges, gathers a balance from coins, and sends everything', async () => {
    const [alice, bob] = [await funded(), new Ed25519Keypair()]
    const sender = alice.toIotaAddress()
    const [first, second] = (await client.getCoins({ owner: sender })).data
    const merge = new Transaction()
    merge.mergeCoins(first?.coinObjectId ?? '', [second?.coinObjectId ?? ''])
    const options = { showEffects: true }
    const merged = await client.signAndExecuteTransaction({ transaction: merge, signer: alice, options })
    expect(merged.effects?.deleted?.length).toBeGreaterThan(0)
    const gather = new Transaction()
    gather.setSender(sender)
    gather.transferObjects([coinWithBalance({ balance: 700_000_000n })], bob.toIotaAddress())
    await client.signAndExecuteTransaction({ transaction: gather, signer: alice })
    const everything = new Transaction()
    everything.transferObjects([everything.gas], sender)
    await client.signAndExecuteTransaction({ transaction: everything, signer: bob })
    expect((await client.getBalance({ owner: bob.toIotaAddress() })).totalBalance).toBe('0')
  })

  test('accepts a MultiSig of two of three, and refuses one of them alone', async () => {
    const keys = [new Ed25519Keypair(), new Ed25519Keypair(), new Ed25519Keypair()]
    const publicKeys = keys.map((key) => ({ publicKey: key.getPublicKey(), weight: 1 }))
    const multisig = MultiSigPublicKey.fromPublicKeys({ threshold: 2, publicKeys })
    await requestIotaFromFaucetV0({ host: ledger.faucet, recipient: multisig.toIotaAddress() })
    const transaction = payment(ledger.chain.padStart(64, '0').replace(/^/, '0x'), 5)
    transaction.setSender(multisig.toIotaAddress())
    const bytes = await transaction.build({ client })
    const signatures = await Promise.all(
      keys.slice(0, 2).map(async (key) => (await key.signTransaction(bytes)).signature),
    )
    const [alone] = signatures
    await expect(
      client.executeTransactionBlock({ transactionBlock: bytes, signature: alone ?? '' }),
    ).rejects.toMatchObject({ code: -32002 })
    const signature = multisig.combinePartialSignatures(signatures)
    const options = { showEffects: true }
    const done = await client.executeTransactionBlock({ transactionBlock: bytes, signature, options })
    expect(done.effects?.status.status).toBe('success')
  })

  test('lets a sponsor pay the gas, with both signatures', async () => {
    const [alice, sponsor] = [await funded(), await funded()]
    const [coin] = (await client.getCoins({ owner: alice.toIotaAddress() })).data
    const transaction = new Transaction()
    transaction.setSender(alice.toIotaAddress())
    transaction.setGasOwner(sponsor.toIotaAddress())
    const [part] = transaction.splitCoins(coin?.coinObjectId ?? '', [9])
    transaction.transferObjects([part], sponsor.toIotaAddress())
    const transactionBlock = await transaction.build({ client })
    const signature = await Promise.all(
      [alice, sponsor].map(async (key) => (await key.signTransaction(transactionBlock)).signature),
    )
    await expect(
      client.executeTransactionBlock({ transactionBlock, signature: signature[0] ?? '' }),
    ).rejects.toMatchObject({ code: -32002 })
    const options = { showEffects: true }
    const done = await client.executeTransactionBlock({ transactionBlock, signature, options })
    expect(done.effects?.status.status).toBe('success')
  })

  test('charges a failed transaction its gas and nothing else', async () => {
    const alice = await funded()
    const transaction = payment(alice.toIotaAddress(), 10n ** 18n)
    transaction.setGasBudget(5_000_000)
    const options = { showEffects: true, showBalanceChanges: true }
    const done = await client.signAndExecuteTransaction({ transaction, signer: alice, options })
    expect(done.effects?.status).toEqual({ status: 'failure', error: 'InsufficientCoinBalance in command 0' })
    expect(done.balanceChanges).toHaveLength(1)
  })

  test('accepts every scheme of signatures that the SDK has, alone and together', async () => {
    const keys = [new Ed25519Keypair(), new Secp256k1Keypair(), new Secp256r1Keypair()]
    const options = { showEffects: true }
    for (const signer of keys) {
      await requestIotaFromFaucetV0({ host: ledger.faucet, recipient: signer.toIotaAddress() })
      const transaction = payment(newAddress(), 1)
      const done = await client.signAndExecuteTransaction({ transaction, signer, options })
      expect(done.effects?.status.status).toBe('success')
    }
    const publicKeys = keys.map((key) => ({ publicKey: key.getPublicKey(), weight: 1 }))
    const multisig = MultiSigPublicKey.fromPublicKeys({ threshold: 3, publicKeys })
    await requestIotaFromFaucetV0({ host: ledger.faucet, recipient: multisig.toIotaAddress() })
    const transaction = payment(newAddress(), 5)
    transaction.setSender(multisig.toIotaAddress())
    const transactionBlock = await transaction.build({ client })
    const parts = await Promise.all(keys.map(async (key) => (await key.signTransaction(transactionBlock)).signature))
    const execute = (signature: string) => client.executeTransactionBlock({ transactionBlock, signature, options })
    const tooFew = multisig.combinePartialSignatures(parts.slice(0, 2))
    await expect(execute(tooFew)).rejects.toMatchObject({ code: -32002 })
    const done = await execute(multisig.combinePartialSignatures(parts))
    expect(done.effects?.status.status).toBe('success')
  })

  test('gathers a balance across coins for a sponsored transaction, whose sender has no gas of its own', async () => {
    const [alice, sponsor, bob] = [await funded(), await funded(), newAddress()]
    const transaction = new Transaction()
    transaction.setSender(alice.toIotaAddress())
    transaction.setGasOwner(sponsor.toIotaAddress())
    // More than one coin holds, and not out of the gas, which is the sponsor's.
    const balance = 25_000_000_000n
    transaction.transferObjects([coinWithBalance({ balance, useGasCoin: false })], bob)
    const transactionBlock = await transaction.build({ client })
    const signature = await Promise.all(
      [alice, sponsor].map(async (key) => (await key.signTransaction(transactionBlock)).signature),
    )
    const options = { showEffects: true, showBalanceChanges: true }
    const done = await client.executeTransactionBlock({ transactionBlock, signature, options })
    expect(done.effects?.status.status).toBe('success')
    const changeOf = (address: string) =>
      done.balanceChanges?.find(
        ({ owner }) => typeof owner === 'object' && 'AddressOwner' in owner && owner.AddressOwner === address,
      )
    expect(changeOf(bob)?.amount).toBe('25000000000')
    expect(changeOf(alice.toIotaAddress())?.amount).toBe('-25000000000')
  })

  test('keeps 60 transfers of a parallel executor apart, and a serial one going after a failure', async () => {
    const bob = newAddress()
    const parallel = new ParallelTransactionExecutor({ client, signer: await funded(), maxPoolSize: 10 })
    const amounts = Array.from({ length: 60 }, (_, index) => index + 1)
    const done = await Promise.all(amounts.map((nanos) => parallel.executeTransaction(payment(bob, nanos))))
    expect(new Set(done.map(({ digest }) => digest)).size).toBe(60)
    expect((await client.getBalance({ owner: bob })).totalBalance).toBe('1830')
    const serial = new SerialTransactionExecutor({ client, signer: await funded() })
    const { digest } = await serial.executeTransaction(payment(bob, 10n ** 18n))
    const failed = await client.getTransactionBlock({ digest, options: { showEffects: true } })
    expect(failed.effects?.status.status).toBe('failure')
    await serial.executeTransaction(payment(bob, 170))
    expect((await client.getBalance({ owner: bob })).totalBalance).toBe('2000')
  })

  test('runs both executors of the SDK, which apply the raw effects', async () => {
    const [alice, bob] = [await funded(), new Ed25519Keypair().toIotaAddress()]
    const serial = new SerialTransactionExecutor({ client, signer: alice })
    await Promise.all([1, 2, 3, 4, 5].map((nanos) => serial.executeTransaction(payment(bob, nanos))))
    const parallel = new ParallelTransactionExecutor({ client, signer: await funded() })
    await Promise.all([1, 2, 3, 4, 5].map((nanos) => parallel.executeTransaction(payment(bob, nanos))))
    expect((await client.getBalance({ owner: bob })).totalBalance).toBe('30')
  })
})
