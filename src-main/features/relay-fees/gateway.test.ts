import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { concat, silentLog, systemClock, systemRandom } from '../../base/index.ts'
import { createIotaLedger, createLedgerGate, type RelayOutput } from '../../ledger/index.ts'
import { newPerson, type Person } from '../../ledger/testing/index.ts'
import { nanosAsked } from '../../overlay/index.ts'
import { findAccount } from '../../overlay/registry/account.ts'
import { hash256 } from '../../wire/index.ts'
import { FeeNet, PRICES } from './test-fee-net.ts'
import type { TestPayer } from './test-payer.ts'

const PRICE = 2_000n

let net: FeeNet
let person: Person
let payer: TestPayer
let owner: string
beforeAll(async () => void (net = await FeeNet.start()))
afterAll(() => net.local.stop())
beforeEach(async () => {
  const gate = createLedgerGate({ url: net.local.rpc, clock: systemClock })
  await net.begin({ prices: { ...PRICES, forwardedTransaction: PRICE } }, undefined, gate)
  const seed = systemRandom.bytes(32)
  person = newPerson(seed)
  payer = await net.payer({}, seed)
  owner = (await findAccount(net.folder)).address
})
afterEach(() => net.end())

/** Signed, with an output for whoever forwards it. */
async function transfer(relay: RelayOutput | undefined) {
  const relayed = relay && { relay: () => Promise.resolve(relay) }
  const ledger = createIotaLedger({ url: net.local.rpc, clock: systemClock, log: silentLog, ...relayed })
  const made = await ledger.prepareTransfer({ from: person.address, to: newPerson().address, nanos: 5n })
  ledger.close()
  const signature = person.sign(hash256(Uint8Array.of(0, 0, 0), made.bytes))
  return { ...made, signature: concat(Uint8Array.of(0), signature, person.publicKey) }
}

function submit({ bytes, signature }: { bytes: Uint8Array; signature: Uint8Array }) {
  const [node] = payer.overlay.nodes()
  if (!node) throw new Error('not linked')
  return node.request('submit', { bytes, signature }, 'queryResult')
}

it('a node forwards no transaction that pays it less than its price, and names the price; one that pays it goes through', async () => {
  const cheats = [undefined, { to: owner, nanos: PRICE - 1n }, { to: newPerson().address, nanos: PRICE }]
  for (const relay of cheats) {
    const made = await transfer(relay)
    const refused: unknown = await submit(made).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'payment_required' })
    expect(nanosAsked(refused)).toBe(PRICE)
    expect(await net.local.ledger.outcome(made.digest)).toBeUndefined()
  }
  const before = await net.local.ledger.balance(owner)
  const made = await transfer({ to: owner, nanos: PRICE })
  await submit(made)
  expect(await net.local.ledger.outcome(made.digest)).toMatchObject({ status: 'success' })
  expect(await net.local.ledger.balance(owner)).toBe(before + PRICE)
}, 20_000)

it('a transaction that was executed before is answered again without another payment', async () => {
  const made = await transfer({ to: owner, nanos: PRICE })
  await submit(made)
  const before = await net.local.ledger.balance(owner)
  await submit(made)
  expect(await net.local.ledger.balance(owner)).toBe(before)
}, 20_000)
