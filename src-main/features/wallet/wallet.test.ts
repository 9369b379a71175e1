import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Clock, Secret, silentLog, systemClock, systemRandom } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { Ledger } from '../../ledger/index.ts'
import { newPerson, type Person, type RunningLedger, startLedger } from '../../ledger/testing/index.ts'
import { openStore, type Store } from '../../store/index.ts'
import { Wallet } from './index.ts'

let running: RunningLedger
let folder: string
let store: Store
let alice: Person
/** Milliseconds that the wallet's clock is ahead. */
let ahead = 0
const clock: Clock = { now: () => Date.now() + ahead, after: (ms, task) => systemClock.after(ms, task) }
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
    history: (address, limit, cursor) => real.history(address, limit, cursor),
    balances: (address) => real.balances(address),
    transaction: (digest, address) => real.transaction(digest, address),
    memos: (query) => real.memos(query),
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
  expect(await wallet.memoFee(16_000)).toEqual({ burned: 1_000_000n, deposit: 980_400n, relay: 0n })
})
