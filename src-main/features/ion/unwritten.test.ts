import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { type Clock, Secret, silentLog, systemClock, systemRandom } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { Ledger } from '../../ledger/index.ts'
import { newPerson, type Person, type RunningLedger, startLedger } from '../../ledger/testing/index.ts'
import { openStore } from '../../store/index.ts'
import { Wallet } from '../wallet/index.ts'
import { createMemoBoard, type MemoBoard } from './index.ts'

let running: RunningLedger
/** What the ledger does otherwise than the running one. */
let changes: Partial<Pick<Ledger, 'submit'>>
let ahead: number
let alice: Person
let wallet: Wallet
let board: MemoBoard & { stop(): void }
const bob = newPerson()
const away = () => Promise.reject(new ParleyError('ledger_unreachable', 'Not there.'))
const letter = new Uint8Array(300)
const clock: Clock = { ...systemClock, now: () => systemClock.now() + ahead }

beforeAll(async () => {
  running = await startLedger()
})
afterAll(() => running.stop())

beforeEach(async () => {
  changes = {}
  ahead = 0
  alice = newPerson()
  await running.ledger.faucet(alice.address)
  const folder = mkdtempSync(join(tmpdir(), 'parley-unwritten-'))
  const key = new Secret(systemRandom.bytes(32))
  const store = openStore({ file: join(folder, 'parley.db'), key, clock, log: silentLog })
  const common = { store, ledger: faulty(running.ledger), clock, random: systemRandom, log: silentLog }
  wallet = new Wallet({ ...common, signerOf: async () => alice, self: { address: alice.address, name: 'Alice' } })
  wallet.open()
  board = createMemoBoard({ ...common, payer: wallet, allowed: () => true, local: true })
  onTestFinished(() => {
    board.stop()
    wallet.stop()
    store.close()
    rmSync(folder, { recursive: true })
  })
})

function faulty(ledger: Ledger): Ledger {
  return new Proxy(ledger, {
    get: (real, name: keyof Ledger) => {
      const value = changes[name as keyof typeof changes] ?? real[name]
      return typeof value === 'function' ? value.bind(real) : value
    },
  })
}

/** What is under way is not sent again: asked until nothing is left. */
async function settled(): Promise<boolean> {
  await wallet.resume()
  return !wallet.hasPending()
}

/** A record of which the ledger has heard nothing, and who waits for it. */
async function pendingRecord() {
  changes.submit = away
  const told = { settled: false }
  const written = board.write(bob.address, letter, 'contact').finally(() => (told.settled = true))
  written.catch(() => {})
  await expect.poll(() => wallet.hasPending()).toBe(true)
  return { written, told }
}

test('a record is on disk at once, and written when the ledger has it: with the first look that it answers', async () => {
  const { written, told } = await pendingRecord()
  expect(await board.post(bob.address, letter, 'room')).toMatchObject({ state: 'pending' })
  let looks = 0
  const options = { magic: letter.subarray(0, 4), from: 'start', expecting: () => looks++ >= 0 } as const
  board.watch(alice.address, options, () => {})
  await expect.poll(() => looks).toBeGreaterThan(0)
  expect(told.settled).toBe(false)
  changes = {}
  expect(await written).toMatchObject({ state: 'done' })
  await expect.poll(() => running.ledger.balance(bob.address)).toBe(2n)
})

test('a record that the ledger took without an answer is written once it says so', async () => {
  changes.submit = async (...signed) => {
    await running.ledger.submit(...signed)
    return away()
  }
  const written = board.write(bob.address, letter, 'contact')
  await expect.poll(() => wallet.hasPending()).toBe(true)
  await expect.poll(settled).toBe(true)
  expect(await written).toMatchObject({ state: 'done' })
})

test('a record that is refused for good is told as such, and may be written again', async () => {
  const { written } = await pendingRecord()
  const all = await running.ledger.prepareTransfer({ from: alice.address, to: alice.address, nanos: 0n, all: true })
  await alice.submit(running.ledger, all)
  changes = {}
  await wallet.resume()
  ahead = 61_000
  await expect.poll(settled).toBe(true)
  await expect(written).rejects.toMatchObject({ code: 'conflict' })
  expect(await board.write(bob.address, letter, 'contact')).toMatchObject({ state: 'done' })
})

test('who waits when the board stops hears it, and nobody waits after', async () => {
  const { written } = await pendingRecord()
  board.stop()
  await expect(written).rejects.toMatchObject({ code: 'offline' })
  await expect(board.write(bob.address, letter, 'contact')).rejects.toMatchObject({ code: 'offline' })
})
