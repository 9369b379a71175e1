import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { Secret, silentLog, systemClock, systemRandom, toHex, utf8 } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { Ledger, TransferRequest, UnsignedTransfer } from '../../ledger/index.ts'
import { newPerson, type Person, type RunningLedger, startLedger } from '../../ledger/testing/index.ts'
import { openStore, type Store } from '../../store/index.ts'
import { digestText, hash256 } from '../../wire/index.ts'
import { Wallet } from './index.ts'

let running: RunningLedger
let folder: string
let store: Store
let alice: Person
let wallet: Wallet
/** What the wallet's ledger does otherwise than the running one. */
let changes: Partial<Pick<Ledger, 'prepareTransfer' | 'submit'>>
const newId = () => toHex(systemRandom.bytes(16))
const away = () => Promise.reject(new ParleyError('ledger_unreachable', 'Not there.'))
const because = (reason: string) => expect.objectContaining({ code: 'conflict', reason })

beforeAll(async () => {
  running = await startLedger()
})
afterAll(() => running.stop())
beforeEach(async () => {
  changes = {}
  folder = mkdtempSync(join(tmpdir(), 'parley-outcomes-'))
  const key = new Secret(systemRandom.bytes(32))
  store = openStore({ file: join(folder, 'parley.db'), key, clock: systemClock, log: silentLog })
  alice = newPerson()
  await running.ledger.faucet(alice.address)
  wallet = openWallet()
})
afterEach(() => {
  wallet.stop()
  store.close()
  rmSync(folder, { recursive: true })
})

function openWallet(): Wallet {
  const ledger = new Proxy(running.ledger, {
    get: (real, name: keyof Ledger) => {
      const value = changes[name as keyof typeof changes] ?? real[name]
      return typeof value === 'function' ? value.bind(real) : value
    },
  })
  const signerOf = () => Promise.resolve(alice)
  const parts = { store, ledger, signerOf, clock: systemClock, random: systemRandom, log: silentLog }
  const opened = new Wallet({ ...parts, self: { address: alice.address, name: 'Alice' } })
  opened.open()
  return opened
}

/** The payment, changed to one of more than there is: every check before its execution lets it through. */
async function doomed(request: TransferRequest): Promise<UnsignedTransfer> {
  const real = await running.ledger.prepareTransfer(request)
  const bytes = new Uint8Array(real.bytes)
  const amount = (nanos: bigint) => new Uint8Array(BigUint64Array.of(nanos).buffer)
  bytes.set(amount(2n ** 62n), Buffer.from(bytes).indexOf(amount(request.nanos)))
  return { ...real, bytes, digest: digestText(hash256(utf8('TransactionData::'), bytes)) }
}

test('an answer says whether the payment is final', async () => {
  const to = newPerson().address
  expect(await wallet.send(0, to, { nanos: 5n })).toMatchObject({ state: 'done' })
  changes.submit = away
  expect(await wallet.send(0, to, { nanos: 6n })).toMatchObject({ state: 'pending' })
})

test('the same id is the same payment: at once, later, while it is pending, and over a restart', async () => {
  const to = newPerson().address
  const [paymentId, other] = [newId(), newId()]
  const send = (by = wallet, id = paymentId) => by.send(0, to, { nanos: 7n }, 'Lunch', id)
  changes.submit = away
  const [first, same] = await Promise.all([send(), send()])
  expect([first.state, same]).toEqual(['pending', first])
  wallet.stop()
  changes = {}
  wallet = openWallet()
  expect(await send()).toEqual({ ...first, state: 'done' })
  expect(await send()).toEqual({ ...first, state: 'done' })
  expect((await send(wallet, other)).digest).not.toBe(first.digest)
  expect(await running.ledger.balance(to)).toBe(14n)
})

test('another payment under an id that is taken is refused, of whatever it differs', async () => {
  const to = newPerson().address
  const paymentId = newId()
  await wallet.accounts.add('Savings')
  await wallet.send(0, to, { nanos: 7n }, 'Lunch', paymentId)
  const taken = because('payment_id')
  await expect(wallet.send(0, to, { nanos: 8n }, 'Lunch', paymentId)).rejects.toEqual(taken)
  await expect(wallet.send(0, to, { all: true }, 'Lunch', paymentId)).rejects.toEqual(taken)
  await expect(wallet.send(0, to, { nanos: 7n }, 'Dinner', paymentId)).rejects.toEqual(taken)
  await expect(wallet.send(0, alice.address, { nanos: 7n }, 'Lunch', paymentId)).rejects.toEqual(taken)
  await expect(wallet.send(1, to, { nanos: 7n }, 'Lunch', paymentId)).rejects.toEqual(taken)
  // Said of two accounts at once it is the one that is written down first.
  const id = newId()
  const both = await Promise.allSettled([0, 1].map((index) => wallet.send(index, to, { nanos: 9n }, '', id)))
  expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(await running.ledger.balance(to)).toBe(16n)
})

test('an id of nothing that was paid is free: too little money now, enough later', async () => {
  const [to, paymentId] = [newPerson().address, newId()]
  const nanos = (await running.ledger.balance(alice.address)) + 1n
  await expect(wallet.send(0, to, { nanos }, '', paymentId)).rejects.toMatchObject({ code: 'insufficient_funds' })
  await running.ledger.faucet(alice.address)
  expect(await wallet.send(0, to, { nanos }, '', paymentId)).toMatchObject({ state: 'done' })
})

test('a payment that failed on the ledger says so, also when it is said again, and stands in the list with its fee', async () => {
  const [to, paymentId] = [newPerson().address, newId()]
  changes.prepareTransfer = doomed
  const before = await running.ledger.balance(alice.address)
  const send = () => wallet.send(0, to, { nanos: 123_456_789n }, '', paymentId)
  await expect(send()).rejects.toEqual(because('payment_failed'))
  changes = {}
  await expect(send()).rejects.toEqual(because('payment_failed'))
  const [failed] = await wallet.history(0, 1, undefined)
  expect(failed).toMatchObject({ state: 'failed', nanos: 123_456_789n })
  const fee = failed?.fee ?? { burned: 0n, deposit: 0n }
  expect(fee.burned).toBeGreaterThan(0n)
  expect(await running.ledger.balance(alice.address)).toBe(before - fee.burned - fee.deposit)
})

test('coins that somebody else spent meanwhile: nothing was sent, and that is what it says', async () => {
  const to = newPerson().address
  changes.submit = async (...signed) => {
    changes = {}
    const all = await running.ledger.prepareTransfer({ from: alice.address, to: alice.address, nanos: 0n, all: true })
    await alice.submit(running.ledger, all)
    return running.ledger.submit(...signed)
  }
  await expect(wallet.send(0, to, { nanos: 5n })).rejects.toEqual(because('coins_changed'))
  expect((await wallet.history(0, 9, undefined, { state: 'failed' }))[0]?.fee).toBeUndefined()
  expect(await running.ledger.balance(to)).toBe(0n)
})

test('the lines of an export sum to the balance, over whatever happened', async () => {
  const bob = newPerson()
  await running.ledger.faucet(bob.address)
  await wallet.send(0, bob.address, { nanos: 1_234_567_890n }, 'out')
  await wallet.send(0, alice.address, { nanos: 777_777n }, 'to oneself')
  changes.prepareTransfer = doomed
  await expect(wallet.send(0, bob.address, { nanos: 123_456_789n })).rejects.toEqual(because('payment_failed'))
  changes = {}
  const income = await running.ledger.prepareTransfer({ from: bob.address, to: alice.address, nanos: 42_000_000_001n })
  await bob.submit(running.ledger, income)
  await wallet.faucet(0)
  await wallet.sendMemo(bob.address, 1n, new Uint8Array(300))
  changes.submit = away
  await wallet.send(0, bob.address, { nanos: 99n }, 'pending')
  changes = {}
  const { csv, complete } = await wallet.exportCsv(0)
  const [, ...lines] = csv
    .trimEnd()
    .split('\r\n')
    .map((line) => line.split(','))
  const nanos = (cell: string | undefined) => BigInt((cell ?? '').replace('.', ''))
  const sum = lines.reduce((total, cells) => total + nanos(cells[6]) - nanos(cells[8]) - nanos(cells[9]), 0n)
  expect([complete, lines.length]).toEqual([true, 8])
  expect(sum).toBe(await running.ledger.balance(alice.address))
})
