import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { concat, silentLog, systemClock, utf8 } from '../../base/index.ts'
import { createDevnet, createIotaLedger, type LedgerMemo } from '../../ledger/index.ts'
import { newPerson, type RunningLedger, startLedger } from '../../ledger/testing/index.ts'
import { RECORDS_PER_DAY } from './constants.ts'
import { openTestBoard } from './test-board.ts'

const MAGIC = utf8('PLYT')
const options = { magic: MAGIC, from: 'kept', expecting: () => true } as const
const memo = (word: string) => concat(MAGIC, utf8(word))
const word = ({ bytes }: LedgerMemo) => Buffer.from(bytes.subarray(4)).toString()
let running: RunningLedger

beforeAll(async () => {
  running = await startLedger()
})
afterAll(() => running.stop())

async function boards(...settings: Parameters<typeof openTestBoard>[1][]) {
  const opened = await Promise.all(settings.map((each) => openTestBoard(running.ledger, each)))
  onTestFinished(() => opened.forEach((each) => each.close()))
  return opened as [Awaited<ReturnType<typeof openTestBoard>>, Awaited<ReturnType<typeof openTestBoard>>]
}

test('what one leaves the other hears once, in order, with what it cost', async () => {
  const [alice, bob] = await boards({}, { poor: true })
  const heard: string[] = []
  bob.board.watch(bob.person.address, options, (memos) => void heard.push(...memos.map(word)))
  const { fee } = await alice.board.post(bob.person.address, memo('one'), 'contact')
  await alice.board.post(bob.person.address, memo('two'), 'contact')
  await expect.poll(() => heard).toEqual(['one', 'two'])
  await new Promise((resolve) => setTimeout(resolve, 1_200))
  expect(heard).toEqual(['one', 'two'])
  expect(await alice.board.cost(2)).toMatchObject({ perRecord: fee, records: 2, allowed: true })
  expect(alice.board.spent()).toEqual({
    records: 2,
    fee: { burned: 2n * fee.burned, deposit: 2n * fee.deposit, relay: 0n },
  })
  expect(alice.board.spent('room').records).toBe(0)
})

test('a new watch from the start hears everything, and one that is kept goes on where it ended', async () => {
  const [alice] = await boards({})
  const bob = newPerson()
  for (const each of ['one', 'two']) await alice.board.post(bob.address, memo(each), 'room')
  const heard: string[] = []
  const first = alice.board.watch(
    bob.address,
    { ...options, from: 'start' },
    (memos) => void heard.push(...memos.map(word)),
  )
  await expect.poll(() => heard).toEqual(['one', 'two'])
  first.stop()
  let fail = true
  const tries: string[] = []
  const kept = alice.board.watch(bob.address, options, (memos) => {
    tries.push(...memos.map(word))
    if (fail) throw new Error('the disk is full')
  })
  await expect.poll(() => tries).toEqual(['one', 'two'])
  fail = false
  await expect.poll(() => tries).toEqual(['one', 'two', 'one', 'two'])
  kept.stop()
  await alice.board.post(bob.address, memo('three'), 'room')
  const later: string[] = []
  alice.board.watch(bob.address, options, (memos) => void later.push(...memos.map(word)))
  await expect.poll(() => later).toEqual(['three'])
})

test('nothing is written without consent, nor beyond the budget of a day, which is kept over a restart', async () => {
  let allowed = false
  const folder = mkdtempSync(join(tmpdir(), 'parley-ion-'))
  let now = Date.UTC(2026, 10, 21, 12)
  const clock = { ...systemClock, now: () => now }
  const opened = await openTestBoard(running.ledger, { allowed: () => allowed, clock, folder })
  const { person } = opened
  let { board, close } = opened
  onTestFinished(() => {
    close()
    rmSync(folder, { recursive: true, force: true })
  })
  const before = await running.ledger.balance(person.address)
  const post = () => board.post(person.address, memo('card'), 'card')
  await expect(post()).rejects.toMatchObject({ code: 'payment_required' })
  expect(await running.ledger.balance(person.address)).toBe(before)
  allowed = true
  for (let count = 0; count < RECORDS_PER_DAY.card; count++) await post()
  await expect(post()).rejects.toMatchObject({ code: 'rate_limited', retryAfter: 12 * 3600_000 })
  close()
  ;({ board, close } = await openTestBoard(running.ledger, { clock, folder, person }))
  await expect(post()).rejects.toMatchObject({ code: 'rate_limited' })
  await board.post(person.address, memo('other'), 'room')
  now += 24 * 3600_000
  await post()
  expect(board.spent().records).toBe(RECORDS_PER_DAY.card + 2)
})

test('without tokens nothing is spent, and the reason is told', async () => {
  const [poor] = await boards({ poor: true })
  await expect(poor.board.post(poor.person.address, memo('x'), 'card')).rejects.toMatchObject({
    code: 'insufficient_funds',
  })
  expect(poor.board.spent()).toMatchObject({ records: 0 })
})

test('a ledger that goes away and comes back ends no watch and loses nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-ion-ledger-'))
  const start = async (port: number) => {
    const devnet = createDevnet({ port, listen: '127.0.0.1', dataDir: folder, clock: systemClock, log: silentLog })
    return { devnet, ...(await devnet.start()) }
  }
  let up = await start(0)
  const ledger = createIotaLedger({ url: up.rpc, clock: systemClock, log: silentLog })
  const { board, person, close } = await openTestBoard(ledger)
  onTestFinished(async () => {
    close()
    ledger.close()
    await up.devnet.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const heard: string[] = []
  let backs = 0
  const counted = { ...options, back: () => backs++ }
  board.watch(person.address, counted, (memos) => void heard.push(...memos.map(word)))
  await board.post(person.address, memo('before'), 'contact')
  await expect.poll(() => heard).toEqual(['before'])
  await up.devnet.stop()
  await expect(board.post(person.address, memo('lost'), 'contact')).rejects.toMatchObject({
    code: 'ledger_unreachable',
  })
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  up = await start(Number(new URL(up.rpc).port))
  await board.post(person.address, memo('after'), 'contact')
  await expect.poll(() => heard).toEqual(['before', 'after'])
  expect(backs).toBe(1)
})
