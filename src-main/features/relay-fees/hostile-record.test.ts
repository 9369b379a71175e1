import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { Secret, silentLog, systemRandom } from '../../base/index.ts'
import type { NodePrices } from '../../ledger/index.ts'
import { newPerson } from '../../ledger/testing/index.ts'
import type { LinkedNode } from '../../overlay/index.ts'
import { keyOf, newKey, startRegistry, type TestRegistry } from '../../overlay/registry/test-registry.ts'
import { openStore, type Store } from '../../store/index.ts'
import { hastyClock, testIdentity } from '../../testing/testnet-nodes.ts'
import { acceptPrices, payablePrices } from './accepted-prices.ts'
import { RelayFees } from './relay-fees.ts'
import type { ToldFees } from './types.ts'

const LOW: NodePrices = { relayedMb: 1_000n, storedMbDay: 0n, forwardedTransaction: 0n }
const HIGH: NodePrices = { ...LOW, relayedMb: 900_000n }
const WEEK_MS = 7n * 24n * 3_600_000n

let net: TestRegistry
let folder: string
let store: Store
let fees: RelayFees
let clock: ReturnType<typeof hastyClock>
const nodes: LinkedNode[] = []
beforeAll(async () => void (net = await startRegistry(3_600_000)))
afterAll(() => net.stop())
beforeEach(async () => {
  clock = hastyClock()
  folder = mkdtempSync(join(tmpdir(), 'parley-record-'))
  const key = new Secret(systemRandom.bytes(32))
  store = openStore({ file: join(folder, 'x.db'), key, clock, log: silentLog })
  const { deviceKey } = testIdentity()
  const person = newPerson()
  await net.ledger.faucet(person.address)
  const wallet = { pay: () => Promise.reject(new Error('nothing is to be paid here')) }
  const rest = { clock, log: silentLog, onChange: () => {}, onPostage: () => {} }
  fees = new RelayFees({
    ...rest,
    store,
    ledger: net.ledger,
    wallet,
    deviceKey,
    self: person.address,
    nodes: () => nodes,
  })
})
afterEach(() => {
  fees.stop()
  store.close()
  nodes.length = 0
  rmSync(folder, { recursive: true })
})

/** Links a node that tells whatever it likes. */
async function hostile(nodeKey: string, prices: NodePrices, payee: Partial<NonNullable<ToldFees['payee']>> = {}) {
  const told: ToldFees = {
    ...{ prices, allowance: 0n, usedToday: 0n, credit: 1_000_000n, meter: 1n },
    ...{ relayedBytes: 0n, storedByteMs: 0n, charged: 0n, unpaid: 0n, voucher: null },
    ...{ postage: 0n, posted: 0n, ahead: 0n },
    payee: { owner: net.owner.address, packageId: net.registry.packageId, windowMs: 5_000n, record: null, ...payee },
  }
  const answer = () => Promise.resolve(told as never)
  nodes.push({ nodeKey, endpoint: 'wss://127.0.0.1:1', home: true, request: answer })
  return told
}

const cost = (node: string) => fees.cost(node, 5_000_000n)

it('a node that leaves its record out is found on the ledger by its key, and compared with what it is registered with', async () => {
  const key = newKey()
  await net.register(key, { prices: LOW })
  // Others were registered since.
  for (let index = 0; index < 60; index++) await net.register(newKey())
  await hostile(keyOf(key), HIGH)
  await expect(cost(keyOf(key))).rejects.toMatchObject({ code: 'conflict', reason: 'other_prices' })
  nodes.length = 0
  await hostile(keyOf(key), LOW)
  expect((await cost(keyOf(key))).total).toBeGreaterThan(5_000_000n)
}, 30_000)

it("a node that names somebody else's record, or another payee than its record's owner, gets no deposit", async () => {
  const [key, other] = [newKey(), newKey()]
  await net.register(key, { prices: LOW })
  const { object } = await net.register(other, { prices: HIGH })
  await hostile(keyOf(key), HIGH, { record: object })
  await expect(cost(keyOf(key))).rejects.toMatchObject({ code: 'conflict', reason: 'other_record' })
  nodes.length = 0
  await hostile(keyOf(other), HIGH, { record: object, owner: newPerson().address })
  await expect(cost(keyOf(other))).rejects.toMatchObject({ code: 'conflict', reason: 'other_prices' })
})

it('a node that is not registered, as one given by hand, is taken at its word; its window is not', async () => {
  const node = keyOf(newKey())
  const told = await hostile(node, HIGH)
  expect((await cost(node)).total).toBeGreaterThan(5_000_000n)
  for (const windowMs of [WEEK_MS + 1n, 2n ** 64n - 1n]) {
    if (told.payee) told.payee.windowMs = windowMs
    await expect(cost(node)).rejects.toMatchObject({ code: 'conflict' })
  }
})

it('a deposit of nothing, and one at a node that nobody has seen, are refused as such', async () => {
  const node = keyOf(newKey())
  for (const open of [cost, (at: string) => fees.open(at, 5_000_000n)])
    await expect(open(node)).rejects.toMatchObject({ code: 'not_found' })
  await hostile(node, HIGH)
  for (const open of [fees.cost(node, 0n), fees.open(node, 0n)])
    await expect(open).rejects.toMatchObject({ code: 'invalid_params', message: 'A deposit is at least 1 NANO.' })
})

it('prices that sink in the record are paid from then on, though the node tells the old ones; those that rise are not', async () => {
  const key = newKey()
  const node = keyOf(key)
  const record = await net.register(key, { prices: HIGH })
  const told = await hostile(node, HIGH, { record: record.object })
  acceptPrices(store, node, HIGH)
  const row = { digest: 'd', channel: undefined, node, state: 'open', owner: net.owner.address } as const
  const sums = { windowMs: 5_000, deposited: 1_000n, paid: 0n, closesAt: 0, at: 0 }
  store.relayFees.saveCredit({ ...row, ...sums, packageId: net.registry.packageId })
  fees.start()
  await expect.poll(() => fees.of(node).told).toBeDefined()
  expect(payablePrices(store, node, told.prices)).toEqual(HIGH)
  await net.submit(
    await net.registry.prepareChange({ kind: 'renew', record, profile: { ...record.profile, prices: LOW } }),
  )
  clock.put(600_000)
  await expect.poll(() => payablePrices(store, node, told.prices)).toEqual(LOW)
  const [now] = await net.registry.records([record.object])
  if (!now) throw new Error('no record')
  await net.submit(
    await net.registry.prepareChange({ kind: 'renew', record: now, profile: { ...now.profile, prices: HIGH } }),
  )
  clock.put(600_000)
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  expect(payablePrices(store, node, told.prices)).toEqual(LOW)
}, 20_000)
