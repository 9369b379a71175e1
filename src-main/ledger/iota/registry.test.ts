import { afterAll, beforeAll, expect, test } from 'vitest'
import { Secret, silentLog, systemClock, systemRandom, toHex } from '../../base/index.ts'
import { signingKeyFromSeed, type SigningKey } from '../../crypto/index.ts'
import { registryClaimDigest } from '../../wire/index.ts'
import { isLive, MIN_STAKE, type NodeProfile, type NodeRegistry, type RegisteredNode } from '../registry.ts'
import type { Ledger } from '../port.ts'
import { newPerson, type Person, type RunningLedger, startFakeLedger, startLedger } from '../testing/index.ts'
import { createIotaLedger } from './index.ts'

let local: RunningLedger
let ledger: Ledger
let registry: NodeRegistry
let owner: Person

const profile = (endpoint = 'wss://node.example:7400'): NodeProfile => ({
  endpoints: [endpoint],
  fingerprint: 'ab'.repeat(32),
  roles: 3n,
  prices: { relayedMb: 1n, storedMbDay: 2n, forwardedTransaction: 3n },
  version: 1n,
})
const newKey = (): SigningKey => signingKeyFromSeed(new Secret(systemRandom.bytes(32)))

beforeAll(async () => {
  local = await startLedger({ epochMs: 1_500 })
  ledger = local.ledger
  const found = await ledger.registry()
  if (!found) throw new Error('no registry')
  registry = found
  owner = await funded()
})
afterAll(() => local.stop())

async function funded(): Promise<Person> {
  const person = newPerson()
  await ledger.faucet(person.address)
  return person
}

async function submit(person: Person, transaction: { bytes: Uint8Array }) {
  return person.submit(ledger, transaction as never)
}

async function register(person: Person, key: SigningKey, stake = MIN_STAKE) {
  const proof = key.sign(registryClaimDigest(registry.packageId, person.address, key.publicKey))
  const request = { owner: person.address, nodeKey: key.publicKey, profile: profile(), proof, stake }
  return submit(person, await registry.prepareRegister(request))
}

async function recordOf(key: SigningKey): Promise<RegisteredNode> {
  const { events } = await registry.events({ order: 'newest', limit: 50 })
  const records = await registry.records(events.map(({ object }) => object))
  const record = records.find(({ nodeKey }) => nodeKey === toHex(key.publicKey))
  if (!record) throw new Error('not registered')
  return record
}

const epochReached = async (wanted: bigint) => {
  for (;;) {
    const { epoch } = await ledger.epoch()
    if (epoch >= wanted) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

test('a node registers with the proof of its key, renews with another profile, leaves and gets its stake back', async () => {
  const key = newKey()
  const before = await ledger.balance(owner.address)
  expect(await register(owner, key)).toMatchObject({ status: 'success' })
  const record = await recordOf(key)
  expect(record).toMatchObject({ owner: owner.address, stake: MIN_STAKE, freeFrom: 0n, profile: profile() })
  expect(isLive(record, record.renewed + 1n) && !isLive(record, record.renewed + 2n)).toBe(true)
  const moved = profile('wss://moved.example:7401')
  await submit(owner, await registry.prepareChange({ kind: 'renew', record, profile: moved }))
  expect((await recordOf(key)).profile).toEqual(moved)
  await submit(owner, await registry.prepareChange({ kind: 'leave', record }))
  const leaving = await recordOf(key)
  expect(isLive(leaving, leaving.renewed)).toBe(false)
  const early = registry.prepareChange({ kind: 'withdraw', record: leaving })
  await expect(early).rejects.toMatchObject({ code: 'conflict' })
  await epochReached(leaving.freeFrom)
  const outcome = await submit(owner, await registry.prepareChange({ kind: 'withdraw', record: leaving }))
  expect(outcome).toMatchObject({ status: 'success' })
  expect(await registry.records([record.object])).toEqual([])
  expect(before - (await ledger.balance(owner.address))).toBeLessThan(50_000_000n)
}, 20_000)

test('events tell each change once, in both orders, over pages; the cursor of one goes on in the other', async () => {
  const keys = [newKey(), newKey(), newKey()]
  const { newest } = await registry.events({ order: 'newest', limit: 1 })
  for (const key of keys) await register(owner, key)
  const first = await registry.events({ order: 'oldest', limit: 2, ...(newest && { cursor: newest }) })
  expect(first.more).toBe(true)
  const rest = await registry.events({ order: 'oldest', limit: 2, ...(first.cursor && { cursor: first.cursor }) })
  expect(rest.more).toBe(false)
  const forward = [...first.events, ...rest.events]
  expect(forward.map(({ kind }) => kind)).toEqual(['registered', 'registered', 'registered'])
  const back = await registry.events({ order: 'newest', limit: 3 })
  expect(back.events.map(({ object }) => object)).toEqual(forward.map(({ object }) => object).reverse())
  const end = await registry.events({ order: 'oldest', limit: 2, ...(back.newest && { cursor: back.newest }) })
  expect(end).toMatchObject({ events: [], cursor: back.newest, more: false })
}, 20_000)

test('a proof for another owner, too small a stake and too small a balance are refused before anything is sent', async () => {
  const key = newKey()
  const thief = await funded()
  const proof = key.sign(registryClaimDigest(registry.packageId, owner.address, key.publicKey))
  const request = { nodeKey: key.publicKey, profile: profile(), proof, stake: MIN_STAKE }
  const stolen = registry.prepareRegister({ ...request, owner: thief.address })
  await expect(stolen).rejects.toMatchObject({ code: 'conflict' })
  const cheap = registry.prepareRegister({ ...request, owner: owner.address, stake: MIN_STAKE - 1n })
  await expect(cheap).rejects.toMatchObject({ code: 'invalid_params' })
  const poor = registry.prepareRegister({ ...request, owner: newPerson().address })
  await expect(poor).rejects.toMatchObject({ code: 'insufficient_funds' })
  const nearly = registry.prepareRegister({
    ...request,
    owner: thief.address,
    stake: await ledger.balance(thief.address),
  })
  await expect(nearly).rejects.toMatchObject({ code: 'insufficient_funds' })
})

test('objects of other types are no records, and an unknown package or cursor is said to be unknown', async () => {
  const absent = `0x${'99'.repeat(32)}`
  expect(await registry.records(['0x6'.replace('6', '6'.padStart(64, '0')), absent])).toEqual([])
  await expect(ledger.registry(absent)).rejects.toMatchObject({ code: 'not_found' })
  const [event] = (await registry.events({ order: 'newest', limit: 1 })).events
  await expect(ledger.registry(event?.object), 'an object that is none').rejects.toMatchObject({ code: 'not_found' })
  await expect(ledger.registry('nonsense')).rejects.toMatchObject({ code: 'invalid_params' })
  const cursor = '11111111111111111111111111111112:0'
  await expect(registry.events({ order: 'oldest', limit: 1, cursor })).rejects.toMatchObject({ code: 'not_found' })
})

test('a ledger without the package has no registry', async () => {
  const bare = await startLedger({ withPackage: false })
  expect(await bare.ledger.registry()).toBeUndefined()
  await bare.stop()
})

test('a hostile ledger cannot crash or flood whoever reads its registry', async () => {
  const id = `0x${'7061726c6579'.padStart(64, '0')}`
  const event = {
    id: { txDigest: '11111111111111111111111111111112', eventSeq: '0' },
    type: `${id}::registry::Renewed`,
    bcs: Buffer.from(systemRandom.bytes(90)).toString('base64'),
    bcsEncoding: 'base64',
  }
  // A vector that claims four billion elements.
  const huge = Buffer.concat([Buffer.alloc(32), Buffer.from('ffffffff0f', 'hex')]).toString('base64')
  const hostile: Record<string, unknown[]> = {
    iotax_queryEvents: [
      { data: Array(51).fill(event), hasNextPage: true },
      { data: [event], hasNextPage: true },
      { data: [{ ...event, bcs: huge }], hasNextPage: false },
      { data: [{ ...event, bcs: '\u0000' }], hasNextPage: false },
      { data: [{ ...event, bcsEncoding: 'base58', bcs: '0OIl' }], hasNextPage: false },
      'nothing',
    ],
    iota_multiGetObjects: [
      [
        {
          data: {
            objectId: id,
            type: `${id}::registry::NodeRecord`,
            owner: { Shared: { initial_shared_version: 1 } },
            bcs: { bcsBytes: huge },
          },
        },
      ],
      Array(51).fill({ data: null }),
      [{ data: { objectId: id, bcs: { bcsBytes: 'A'.repeat(5_000) } } }],
      {},
    ],
  }
  const turn = { iotax_queryEvents: 0, iota_multiGetObjects: 0 }
  const fake = await startFakeLedger((method) => {
    if (method === 'iota_getChainIdentifier') return '0badcafe'
    if (method === 'iota_getObject') return { data: { objectId: id } }
    const name = method as keyof typeof turn
    return hostile[name]?.[turn[name]++]
  })
  const liar = createIotaLedger({ url: fake.url, clock: systemClock, log: silentLog })
  const found = await liar.registry()
  for (let index = 0; index < 6; index++)
    await expect(found?.events({ order: 'oldest', limit: 50 })).rejects.toMatchObject({ code: 'ledger_unreachable' })
  for (let index = 0; index < 4; index++)
    await expect(found?.records([id])).rejects.toMatchObject({ code: 'ledger_unreachable' })
  liar.close()
  await fake.stop()
})
