import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { silentLog } from '../../base/index.ts'
import { newPerson } from '../testing/index.ts'
import { GENESIS_NANOS } from './chain.ts'
import { verifyChain } from './check.ts'
import { createMoveMachine } from './move/index.ts'
import type { LocalNode } from './node.ts'
import { dispatch } from './rpc/index.ts'
import { run, testNode } from './testing/index.ts'

/** Time that a test moves; tasks run when their time has come. */
function testClock() {
  let now = 1_000_000
  let tasks: { at: number; task: () => void }[] = []
  return {
    now: () => now,
    steady: () => now,
    after: (ms: number, task: () => void) => {
      const entry = { at: now + ms, task }
      tasks.push(entry)
      return () => void (tasks = tasks.filter((each) => each !== entry))
    },
    advance: (ms: number) => {
      now += ms
      const due = tasks.filter(({ at }) => at <= now)
      tasks = tasks.filter(({ at }) => at > now)
      for (const { task } of due) task()
    },
  }
}

describe('an epoch', () => {
  test('ends by itself with a checkpoint of its own, whose digest it keeps', async () => {
    const clock = testClock()
    const made = testNode({ clock, epochMs: 60_000 })
    const { node, rich } = made
    node.start()
    // The genesis of the test is long ago: the first epoch is over at once.
    expect(node.chain.epoch).toBe(1n)
    await run(node, rich, (transaction) => void transaction.splitCoins(transaction.gas, [])).catch(() => undefined)
    const { height } = node.chain
    clock.advance(59_999)
    expect(node.chain.epoch).toBe(1n)
    clock.advance(1)
    expect(node.chain.epoch).toBe(2n)
    const last = node.chain.checkpoint(height + 1)
    expect(last).toMatchObject({ epoch: 1n, endOfEpoch: true, previousDigest: node.chain.checkpoint(height)?.digest })
    expect(last?.transaction).toBeUndefined()
    expect(node.chain.checkpoint(height + 2)).toMatchObject({ epoch: 2n, endOfEpoch: false })
    expect(node.chain.epochAt(1n)).toMatchObject({
      lastCheckpoint: height + 1,
      digest: last?.digest,
      endedAt: clock.now(),
    })
    expect(node.chain.epochs.map(({ number }) => number)).toEqual([0n, 1n, 2n])
    clock.advance(600_000)
    expect(node.chain.epoch).toBe(3n)
    node.stop()
    clock.advance(600_000)
    expect(node.chain.epoch).toBe(3n)
    expect((await verifyChain(made.terms, made.database, createMoveMachine())).checkpoints).toBe(node.chain.height + 1)
  })

  test('is the last for transactions that expire with it', async () => {
    const { node, rich } = testNode()
    const to = newPerson().address
    const pay = (epoch: number) =>
      run(node, rich, (transaction) => {
        transaction.setExpiration({ Epoch: epoch })
        transaction.transferObjects([transaction.splitCoins(transaction.gas, [5])[0] ?? ''], to)
      })
    expect((await pay(0)).execution.status.success).toBe(true)
    await node.turnEpoch()
    await expect(pay(0)).rejects.toThrow(/Transaction Expired/)
    const entry = await pay(1)
    expect(entry.execution).toMatchObject({ status: { success: true }, epoch: 1n })
  })
})

describe('a folder', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-epochs-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  test('keeps epoch, checkpoints and objects; the ledger’s time never goes back', async () => {
    const clock = testClock()
    const rich = newPerson()
    const path = join(folder, 'ledger.db')
    const first = testNode({ clock, path, rich })
    const to = newPerson().address
    const pay = ({ node }: typeof first) =>
      run(node, rich, (transaction) => {
        transaction.transferObjects([transaction.splitCoins(transaction.gas, [7])[0] ?? ''], to)
      })
    await pay(first)
    await first.node.turnEpoch()
    const before = await pay(first)
    const { height, epoch, epochs } = first.node.chain
    await first.database.close()
    clock.advance(-500_000)
    const second = testNode({ clock, path, rich })
    expect(second.node.chain).toMatchObject({ height, epoch, epochs })
    const again = second.node.chain.entry(before.digest)
    expect(again).toMatchObject({ checkpoint: before.checkpoint, signatures: before.signatures, time: before.time })
    expect(again?.transaction).toEqual(before.transaction)
    expect(again?.execution).toEqual(before.execution)
    const after = await pay(second)
    expect(after).toMatchObject({ checkpoint: height + 1, time: before.time })
    expect(second.node.chain.objects.ownedBy(to)).toHaveLength(3)
    expect((await verifyChain(second.terms, second.database, createMoveMachine())).transactions).toBe(3)
    await second.database.close()
  })

  test('keeps what each epoch has cost, and what is burned is gone from the supply', async () => {
    const rich = newPerson()
    const path = join(folder, 'ledger.db')
    const first = testNode({ path, rich })
    const to = newPerson().address
    const pay = async ({ node }: typeof first) => {
      const { execution } = await run(node, rich, (transaction) => {
        transaction.transferObjects([transaction.splitCoins(transaction.gas, [7])[0] ?? ''], to)
      })
      return execution.gasUsed
    }
    const bills = [await pay(first), await pay(first)]
    await first.node.turnEpoch()
    const next = await pay(first)
    await first.node.turnEpoch()
    await first.database.close()
    const second = testNode({ path, rich })
    const { node } = second
    const after = await pay(second)
    const sum = (of: typeof bills, key: keyof typeof after) => of.reduce((total, bill) => total + bill[key], 0n)
    const answer = (name: string, ...params: unknown[]) => askNode(node, name, params)
    const epochs = (await answer('iotax_getEpochs')) as { data: { endOfEpochInfo: object | null }[] }
    const shown = (of: typeof bills, fund: bigint) => ({
      storageCharge: String(sum(of, 'storageCost')),
      storageRebate: String(sum(of, 'storageRebate')),
      totalGasFees: String(sum(of, 'computationCost')),
      burntTokensAmount: String(sum(of, 'computationCostBurned')),
      mintedTokensAmount: '0',
      storageFundBalance: String(fund),
    })
    const fundOf = (of: typeof bills) => sum(of, 'storageCost') - sum(of, 'storageRebate')
    expect(epochs.data[0]?.endOfEpochInfo).toMatchObject(shown(bills, fundOf(bills)))
    expect(epochs.data[1]?.endOfEpochInfo).toMatchObject(shown([next], fundOf([...bills, next])))
    expect(epochs.data[2]?.endOfEpochInfo).toBeNull()
    const all = [...bills, next, after]
    const deposits = [...node.chain.objects.values()].reduce((total, { storageRebate }) => total + storageRebate, 0n)
    expect(fundOf(all)).toBe(deposits)
    const supply = String(GENESIS_NANOS - sum(all, 'computationCostBurned'))
    expect(await answer('iotax_getTotalSupply', '0x2::iota::IOTA')).toEqual({ value: supply })
    expect(await answer('iotax_getCirculatingSupply')).toMatchObject({ value: supply })
    const state = { iotaTotalSupply: supply, storageFundTotalObjectStorageRebates: String(deposits) }
    expect(await answer('iotax_getLatestIotaSystemState')).toMatchObject(state)
    const last = epochs.data[0]?.endOfEpochInfo as { lastCheckpointId: string }
    expect(await answer('iota_getCheckpoint', last.lastCheckpointId)).toMatchObject({
      epochRollingGasCostSummary: { computationCost: String(sum(bills, 'computationCost')) },
      endOfEpochData: { epochSupplyChange: -Number(sum(bills, 'computationCostBurned')) },
    })
    expect(await answer('iota_getCheckpoint', String(node.chain.height))).toMatchObject({
      epochRollingGasCostSummary: { storageCost: String(after.storageCost), nonRefundableStorageFee: '0' },
    })
    expect((await verifyChain(second.terms, second.database, createMoveMachine())).transactions).toBe(4)
    await second.database.close()
  })
})

async function askNode(node: LocalNode, method: string, params: unknown[]): Promise<unknown> {
  const answer = await dispatch(node, JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }), silentLog)
  return 'result' in answer ? answer.result : expect.unreachable(JSON.stringify(answer))
}
