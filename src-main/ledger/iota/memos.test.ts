import { afterAll, beforeAll, expect, test } from 'vitest'
import { concat, systemRandom, utf8 } from '../../base/index.ts'
import type { LedgerMemo, MemoPage, MemoQuery } from '../port.ts'
import { newPerson, type Person, type RunningLedger, startLedger } from '../testing/index.ts'

const MAGIC = utf8('PLYT')
let running: RunningLedger
let alice: Person
let bob: Person

beforeAll(async () => {
  running = await startLedger()
  alice = newPerson()
  bob = newPerson()
  await running.ledger.faucet(alice.address)
})
afterAll(() => running.stop())

async function send(memo: Uint8Array | undefined, to = bob.address): Promise<string> {
  const request = { from: alice.address, to, nanos: 1n, ...(memo ? { memo } : {}) }
  const transfer = await running.ledger.prepareTransfer(request)
  await alice.submit(running.ledger, transfer)
  return transfer.digest
}

function query(change: Partial<MemoQuery>): Promise<MemoPage> {
  const usual = { address: bob.address, side: 'to', magic: MAGIC, limit: 50, order: 'oldest' } as const
  return running.ledger.memos({ ...usual, ...change })
}

const text = ({ bytes }: LedgerMemo) => Buffer.from(bytes.subarray(4)).toString()

test('a memo costs a plain transfer, and is found byte for byte by its recipient with its sender', async () => {
  const memo = concat(MAGIC, systemRandom.bytes(16_379))
  const plain = await running.ledger.prepareTransfer({ from: alice.address, to: bob.address, nanos: 1n })
  const transfer = await running.ledger.prepareTransfer({ from: alice.address, to: bob.address, nanos: 1n, memo })
  expect(transfer.fee).toEqual(plain.fee)
  await alice.submit(running.ledger, transfer)
  const { memos } = await query({})
  expect(memos).toHaveLength(1)
  expect(memos[0]).toMatchObject({ digest: transfer.digest, sender: alice.address })
  expect(Buffer.from(memos[0]?.bytes ?? []).equals(memo)).toBe(true)
  expect(Math.abs((memos[0]?.at ?? 0) - Date.now())).toBeLessThan(10_000)
})

test('an empty memo and one above the limit are refused before anything is paid', async () => {
  const request = { from: alice.address, to: bob.address, nanos: 1n }
  for (const memo of [new Uint8Array(), new Uint8Array(16_384)])
    await expect(running.ledger.prepareTransfer({ ...request, memo })).rejects.toMatchObject({ code: 'too_large' })
})

test('pages go forward from any place and back from the newest, and leave out what is no such memo', async () => {
  const { cursor } = await query({})
  await send(undefined)
  for (const word of ['one', 'two', 'three', 'four']) await send(concat(MAGIC, utf8(word)))
  await send(concat(utf8('JUNK'), MAGIC))
  const first = await query({ limit: 3, ...(cursor === undefined ? {} : { cursor }) })
  expect(first.memos.map(text)).toEqual(['one', 'two'])
  expect(first.more).toBe(true)
  const second = await query({ limit: 3, ...(first.cursor === undefined ? {} : { cursor: first.cursor }) })
  expect(second.memos.map(text)).toEqual(['three', 'four'])
  expect(second).toMatchObject({ more: false, newest: second.cursor })
  const nothing = await query(second.cursor === undefined ? {} : { cursor: second.cursor })
  expect(nothing).toEqual({ memos: [], cursor: second.cursor, newest: undefined, more: false })
  const newest = await query({ order: 'newest', limit: 3 })
  expect(newest.memos.map(text)).toEqual(['four', 'three'])
  expect(newest.newest).toBe(second.cursor)
  const older = await query({ order: 'newest', limit: 2, ...(newest.cursor ? { cursor: newest.cursor } : {}) })
  expect(older.memos.map(text)).toEqual(['two', 'one'])
})

test("an address's own memos are found apart from what others sent to it", async () => {
  await send(concat(MAGIC, utf8('to myself')), alice.address)
  const own = await query({ address: alice.address, side: 'from', order: 'newest', limit: 1 })
  expect(own.memos.map(text)).toEqual(['to myself'])
  expect((await query({ side: 'from' })).memos).toEqual([])
})

test('a place that the ledger does not know is told as such', async () => {
  const cursor = '9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM'
  await expect(query({ cursor })).rejects.toMatchObject({ code: 'not_found' })
})
