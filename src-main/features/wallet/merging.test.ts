import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { fromHex, Secret, silentLog, systemClock, systemRandom, toHex } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { Ledger } from '../../ledger/index.ts'
import { giveCoins, newPerson, type Person, type RunningLedger, startLedger } from '../../ledger/testing/index.ts'
import { openStore, type Store } from '../../store/index.ts'
import { Wallet } from './index.ts'

const key = toHex(systemRandom.bytes(32))
const merger = join(import.meta.dirname, 'test-merger.ts')
let running: RunningLedger
let rich: Person
let folder: string
let store: Store | undefined
let alice: Person

beforeAll(async () => {
  running = await startLedger()
  rich = newPerson()
  await running.ledger.faucet(rich.address)
})
afterAll(() => running.stop())
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-merging-'))
  alice = newPerson()
})
afterEach(() => {
  store?.close()
  store = undefined
  rmSync(folder, { recursive: true })
})

function openWallet(changes: Partial<Pick<Ledger, 'submit'>> = {}): Wallet {
  const parts = { clock: systemClock, log: silentLog }
  store = openStore({ file: join(folder, 'parley.db'), key: new Secret(fromHex(key)), ...parts })
  const ledger = new Proxy(running.ledger, {
    get: (real, name: keyof Ledger) => {
      const value = changes[name as keyof typeof changes] ?? real[name]
      return typeof value === 'function' ? value.bind(real) : value
    },
  })
  const self = { address: alice.address, name: 'Alice' }
  const signerOf = () => Promise.resolve(alice)
  const wallet = new Wallet({ store, ledger, signerOf, self, random: systemRandom, ...parts })
  wallet.open()
  return wallet
}

/** A payment of 1 IOTA, and records of 1 NANO that strangers left. */
async function bombed(count = 2999): Promise<bigint> {
  const { ledger } = running
  const paid = await ledger.prepareTransfer({ from: rich.address, to: alice.address, nanos: 1_000_000_000n })
  await rich.submit(ledger, paid)
  await giveCoins(ledger, rich, alice.address, count, 1n)
  return 1_000_000_000n + BigInt(count)
}

test('everything after 3,000 small coins: what is sent is what was shown, the account is empty, the deposits arrive', async () => {
  const before = await bombed()
  const wallet = openWallet()
  const to = newPerson().address
  const shown = await wallet.estimate(0, to, { all: true })
  expect(shown).toMatchObject({ transactions: 3, total: before })
  // What the merged coins give back is more than all of it burns.
  expect(shown.fee.deposit).toBe(-2999n * 980_400n)
  expect(shown.nanos).toBeGreaterThan(before)
  const news: string[] = []
  wallet.on('transaction', ({ kind, state }) => news.push(`${kind} ${state}`))
  const paid = await wallet.send(0, to, { all: true })
  expect(paid).toMatchObject({ state: 'done', fee: shown.fee })
  expect(news).toEqual(['merge', 'merge', 'payment'].flatMap((kind) => [`${kind} pending`, `${kind} done`]))
  expect(await running.ledger.balance(alice.address)).toBe(0n)
  expect(await running.ledger.balance(to)).toBe(shown.nanos)
  const [payment, ...merges] = await wallet.history(0, 3, undefined, { kinds: ['payment', 'merge'], state: 'done' })
  expect(payment).toMatchObject({ digest: paid.digest, direction: 'out', nanos: shown.nanos })
  expect(merges.map(({ kind, direction }) => `${kind} ${direction}`)).toContain('merge self')
}, 60_000)

test('kill -9 in the middle of the merges loses nothing, and the same order goes on from there', async () => {
  await bombed(2600)
  const to = newPerson().address
  const paymentId = toHex(systemRandom.bytes(16))
  const asked = await openWallet().estimate(0, to, { all: true })
  for (const moment of ['merge pending', 'merge done']) {
    store?.close()
    await killedAt(moment, to, paymentId)
    expect(await running.ledger.balance(to)).toBe(0n)
    const wallet = openWallet()
    await wallet.resume()
    expect(store?.transfers.pending()).toEqual([])
  }
  store?.close()
  const wallet = openWallet()
  const paid = await wallet.send(0, to, { all: true }, 'Everything', paymentId)
  expect(paid.state).toBe('done')
  expect(await wallet.send(0, to, { all: true }, 'Everything', paymentId)).toMatchObject({ digest: paid.digest })
  expect(await running.ledger.balance(alice.address)).toBe(0n)
  expect(await running.ledger.balance(to)).toBe(asked.nanos)
}, 60_000)

/** A process that pays, killed when it says so. */
async function killedAt(moment: string, to: string, paymentId: string): Promise<void> {
  const file = join(folder, 'parley.db')
  const args = [merger, file, key, toHex(alice.seed), running.rpc, to, paymentId]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    if (output.includes(moment)) child.kill('SIGKILL')
  })
  await closed
  expect(output).toContain(moment)
}

test('a merge that the ledger refuses: nothing was paid, no NANO is missing, and that is said', async () => {
  await giveCoins(running.ledger, rich, alice.address, 1300, 100_000n)
  const to = newPerson().address
  const wallet = openWallet({
    submit: () => Promise.reject(new ParleyError('conflict', 'The coins were used by another one.')),
  })
  const refused = wallet.send(0, to, { all: true })
  await expect(refused).rejects.toMatchObject({ code: 'conflict', reason: 'coins_changed' })
  expect(await running.ledger.balance(alice.address)).toBe(130_000_000n)
  const [merge] = await wallet.history(0, 1, undefined, { kinds: ['merge'] })
  expect(merge).toMatchObject({ kind: 'merge', state: 'failed' })
  expect(merge?.fee).toBeUndefined()
}, 60_000)
