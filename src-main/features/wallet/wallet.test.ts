import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Clock, concat, Secret, silentLog, systemClock, systemRandom, utf8 } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { Ledger, LedgerTransaction } from '../../ledger/index.ts'
import { newPerson, type Person, type RunningLedger, startLedger } from '../../ledger/testing/index.ts'
import { openStore, type Store } from '../../store/index.ts'
import { LETTER_MAGIC } from '../../wire/index.ts'
import { fromLedger } from './activity.ts'
import { Wallet } from './index.ts'

let running: RunningLedger
let folder: string
let store: Store
let alice: Person
/** Milliseconds that the wallet's clock is ahead. */
let ahead = 0
const clock: Clock = { ...systemClock, now: () => Date.now() + ahead }
const away = () => Promise.reject(new ParleyError('ledger_unreachable', 'The answer was lost.'))

beforeAll(async () => {
  running = await startLedger()
})
afterAll(() => running.stop())
beforeEach(async () => {
  ahead = 0
  folder = mkdtempSync(join(tmpdir(), 'parley-wallet-'))
  const key = new Secret(systemRandom.bytes(32))
  store = openStore({ file: join(folder, 'parley.db'), key, clock, log: silentLog })
  alice = newPerson()
  await running.ledger.faucet(alice.address)
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true })
})

/** A wallet over the running ledger, of which a test changes some answers. */
function walletOver(changes: Partial<Ledger> = {}): Wallet {
  const { ledger: real } = running
  const ledger: Ledger = {
    url: real.url,
    chain: () => real.chain(),
    epoch: () => real.epoch(),
    balance: (address) => real.balance(address),
    prepareTransfer: (request) => real.prepareTransfer(request),
    submit: (bytes, signature, publicKey) => real.submit(bytes, signature, publicKey),
    outcome: (digest) => real.outcome(digest),
    overtaken: (bytes) => real.overtaken(bytes),
    history: (address, limit, cursor) => real.history(address, limit, cursor),
    balances: (address) => real.balances(address),
    transaction: (digest, address) => real.transaction(digest, address),
    memos: (query) => real.memos(query),
    registry: (packageId) => real.registry(packageId),
    channels: (packageId) => real.channels(packageId),
    faucet: (address) => real.faucet(address),
    close: () => {},
    ...changes,
  }
  const self = { address: alice.address, name: 'Alice' }
  const signerOf = () => Promise.resolve(alice)
  const wallet = new Wallet({ store, ledger, signerOf, self, clock, random: systemRandom, log: silentLog })
  wallet.open()
  return wallet
}

const stateOf = (digest: string) => store.transfers.get(digest)?.state

test('an answer that was lost, and a node that then calls the coins stale: the payment waits and is not made again', async () => {
  const { ledger } = running
  const to = newPerson().address
  let lagging = true
  const wallet = walletOver({
    // It arrives and is executed, but nobody hears of it; and the node's index does not have it yet.
    submit: async (...signed) => {
      if (!lagging) return ledger.submit(...signed)
      const known = await ledger.outcome((store.transfers.pending()[0] as { digest: string }).digest)
      if (known) throw new ParleyError('conflict', 'The coins of this payment were used by another one.')
      await ledger.submit(...signed)
      return away()
    },
    outcome: (digest) => (lagging ? Promise.resolve(undefined) : ledger.outcome(digest)),
  })
  const { digest } = await wallet.send(0, to, { nanos: 77n })
  expect(stateOf(digest)).toBe('pending')
  await wallet.resume()
  ahead = 30_000
  await wallet.resume()
  expect(stateOf(digest)).toBe('pending')
  lagging = false
  await wallet.resume()
  expect(stateOf(digest)).toBe('done')
  expect(await ledger.balance(to)).toBe(77n)
})

test('a payment that never arrived and whose coins are gone fails after a minute of refusals, and costs nothing', async () => {
  const { ledger } = running
  const to = newPerson().address
  let lost = true
  const wallet = walletOver({ submit: (...signed) => (lost ? away() : ledger.submit(...signed)) })
  const before = await ledger.balance(alice.address)
  const { digest } = await wallet.send(0, to, { nanos: before - 100_000_000n })
  // Another device of the same address spends all of it.
  const all = await ledger.prepareTransfer({ from: alice.address, to: newPerson().address, nanos: 0n, all: true })
  await alice.submit(ledger, all)
  lost = false
  await wallet.resume()
  expect(stateOf(digest)).toBe('pending')
  ahead = 61_000
  await wallet.resume()
  expect(stateOf(digest)).toBe('failed')
  expect(await ledger.balance(to)).toBe(0n)
  const [failed] = await wallet.history(0, 1, undefined, { state: 'failed' })
  expect(failed).toMatchObject({ digest, nanos: before - 100_000_000n })
  expect(failed?.fee).toBeUndefined()
})

test('signed bytes are on disk before they are sent, and go out unchanged after a restart', async () => {
  const to = newPerson().address
  const sent: Uint8Array[] = []
  const { digest } = await walletOver({
    submit: (bytes) => {
      sent.push(bytes)
      expect(store.transfers.pending()[0]?.bytes).toEqual(bytes)
      return away()
    },
  }).send(0, to, { nanos: 5n })
  const again = walletOver({
    submit: (bytes, signature, publicKey) => {
      sent.push(bytes)
      return running.ledger.submit(bytes, signature, publicKey)
    },
  })
  // While it is pending its coins are not used by others.
  const other = await again.send(0, to, { nanos: 6n })
  expect(store.transfers.get(other.digest)?.coins).not.toEqual(store.transfers.get(digest)?.coins)
  await again.resume()
  expect(stateOf(digest)).toBe('done')
  expect(sent[0]).toEqual(sent.at(-1))
  expect(await running.ledger.balance(to)).toBe(11n)
})

test('a node that lists spent versions of coins is asked again instead of being signed over twice', async () => {
  const { ledger } = running
  const rest = await ledger.prepareTransfer({ from: alice.address, to: alice.address, nanos: 0n, all: true })
  await alice.submit(ledger, rest)
  let old = (await ledger.prepareTransfer({ from: alice.address, to: alice.address, nanos: 1n })).coins
  let asked = 0
  const wallet = walletOver({
    prepareTransfer: async (request) => {
      const transfer = await ledger.prepareTransfer({ ...request, reserved: new Set() })
      // The list of a node that is a little behind.
      const coins = asked++ < 3 ? old : transfer.coins
      if (coins.some((coin) => request.reserved?.has(coin)))
        throw new ParleyError('insufficient_funds', 'The balance is too small for this amount and its fee.')
      return transfer
    },
  })
  const to = newPerson().address
  await wallet.send(0, to, { nanos: 1n })
  asked = 0
  old = store.transfers.list(1)[0]?.coins ?? []
  await wallet.send(0, to, { nanos: 2n })
  expect(asked).toBeGreaterThan(3)
  const coins = store.transfers.list(9).flatMap((row) => row.coins)
  expect(new Set(coins).size).toBe(coins.length)
  expect(await ledger.balance(to)).toBe(3n)
})

test('a memo is a payment of its own kind, kept apart in the list', async () => {
  const wallet = walletOver()
  const { digest } = await wallet.sendMemo(newPerson().address, 1n, new Uint8Array(300))
  expect((await wallet.history(0, 1, undefined))[0]).toMatchObject({ digest, kind: 'signalling', state: 'done' })
  // The recipient's wallet knows the records of Parley by how they begin, and no others.
  const heads = [LETTER_MAGIC, utf8('other')].map((head) => concat(head, new Uint8Array(20)))
  for (const memo of heads) await wallet.sendMemo(alice.address, 1n, memo)
  const { transactions } = await running.ledger.history(alice.address, 2)
  const kinds = transactions.map((each) => fromLedger(each, 0, alice.address).kind)
  expect(kinds).toEqual(['other', 'signalling'])
  expect(await wallet.memoFee(16_000)).toEqual({ burned: 1_000_000n, deposit: 980_400n, relay: 0n })
})

/** A ledger with a long history: one payment from Bob each second, newest first. */
function longHistory(length: () => number) {
  const bob = newPerson().address
  const transactionAt = (number: number): LedgerTransaction => ({
    digest: `D${String(number).padStart(39, 'x').replaceAll('0', 'z')}`,
    at: 1_700_000_000_000 + number * 1000,
    ...{ status: 'success', sender: bob, change: BigInt(number), fee: { burned: 1n, deposit: 1n, relay: 0n } },
    changes: [
      { address: alice.address, nanos: BigInt(number) },
      { address: bob, nanos: -BigInt(number) },
    ],
  })
  let pages = 0
  const history: Ledger['history'] = (_address, limit, cursor) => {
    pages++
    const from = cursor === undefined ? length() : Number(cursor)
    const rest = Math.max(0, from - limit)
    const transactions = Array.from({ length: from - rest }, (_, index) => transactionAt(from - index))
    return Promise.resolve({ transactions, ...(rest > 0 ? { cursor: String(rest) } : {}) })
  }
  return { history, pages: () => pages }
}

test('1,000 activities come in once, whole over restarts and absences, and are not asked for again', async () => {
  let length = 900
  const { history, pages } = longHistory(() => length)
  let wallet = walletOver({ history })
  expect(await wallet.history(0, 100, undefined)).toHaveLength(100)
  // While the wallet was closed, more came than one page holds.
  length = 1000
  wallet = walletOver({ history })
  await wallet.watch(0, true)
  wallet = walletOver({ history })
  for (let look = 0; look < 25; look++) await wallet.watch(0, false)
  const { csv, complete } = await wallet.exportCsv(0)
  expect(complete).toBe(true)
  expect(csv.trimEnd().split('\r\n')).toHaveLength(1001)
  const asked = pages()
  const all = []
  for (let before: string | undefined, more = true; more; before = all.at(-1)?.digest) {
    const page = await wallet.history(0, 200, before)
    all.push(...page)
    more = page.length > 0
  }
  expect(all.map(({ nanos }) => nanos)).toEqual(Array.from({ length: 1000 }, (_, index) => BigInt(1000 - index)))
  // Only the newest page was asked for: everything else is here.
  expect(pages() - asked).toBe(1)
})

test('a ledger that gives pages for ever fills neither the disk nor the time of anybody', async () => {
  const page = longHistory(() => 50)
  const { transactions } = await page.history('', 50)
  let asked = 0
  const wallet = walletOver({
    history: () => Promise.resolve({ transactions: asked === 0 ? transactions : [], cursor: String(asked++) }),
  })
  expect(await wallet.history(0, 200, undefined)).toHaveLength(50)
  for (let look = 0; look < 10; look++) await wallet.watch(0, false)
  expect(asked).toBeLessThan(30)
  expect(store.accounts.get(0)?.gaps).toEqual([])
})
