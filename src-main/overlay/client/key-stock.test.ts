import { beforeEach, describe, expect, it } from 'vitest'
import type { Clock } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { testIdentity } from '../../testing/testnet-nodes.ts'
import type { LinkBody } from '../../wire/index.ts'
import { signKeyPackage } from '../mailbox/key-package.ts'
import { KeyStock } from './key-stock.ts'
import type { Links } from './links.ts'

let steady: number
let due: (() => void) | undefined
let stocks: number[]
let asked: number[]
let stock: KeyStock
const after: Clock['after'] = (ms, task) => {
  due = () => {
    steady += ms
    task()
  }
  return () => (due = undefined)
}
beforeEach(() => {
  ;[steady, asked] = [0, []]
  const links = { connectedHomes: () => stocks.map((count) => ({ stock: count })) } as unknown as Links
  const clock = { now: () => 0, steady: () => steady, after }
  stock = new KeyStock(testIdentity(), links, clock, (remaining) => asked.push(remaining))
})

/** Nodes tell their stock, and what waits for it is done. */
function tell(...counts: number[]): void {
  stocks = counts
  stock.changed()
  due?.()
}

it('a node that says again and again that it has none makes this device make few', () => {
  for (let times = 0; times < 1_000; times++) tell(0)
  expect(steady).toBeGreaterThan(0)
  expect(asked.length).toBeLessThan(10 + steady / 60_000)
})

it('a node that says it has many keeps no others without', () => {
  tell(1_000_000, 20, 20)
  expect(asked).toEqual([])
  tell(1_000_000, 5, 4)
  expect(asked).toEqual([9])
  tell(7, 7, 6)
  expect(asked).toHaveLength(1)
})

const bob = testIdentity()
const { addressText: address, deviceId: device, signed: certificate } = bob.certificate
const signed = (byte: number, signer = bob, version = 0) => ({
  certificate,
  signed: signKeyPackage(signer.deviceKey, { address, device }, Uint8Array.of(byte), version),
})
const junk = { certificate, signed: { keyPackage: Uint8Array.of(66), version: 0, signature: new Uint8Array(64) } }
const offline = new ParleyError('offline', 'The link broke.')

/** Nodes that are linked, the nearest first, each of which answers this. */
function linked(...answers: (LinkBody<'keyPackages'>['packages'] | ParleyError)[]): Links {
  const nodes = answers.map((packages) => ({
    request: () => (packages instanceof ParleyError ? Promise.reject(packages) : Promise.resolve({ packages })),
  }))
  return { towards: () => Promise.resolve(nodes), clockAheadMs: () => undefined } as unknown as Links
}
const clock: Clock = { now: () => Date.now(), steady: () => 0, after }
const take = (...answers: Parameters<typeof linked>) =>
  new KeyStock(testIdentity(), linked(...answers), clock, () => {}).take(address)

describe('key packages of others', () => {
  it('come from the next node where one answers junk, nothing, or of another address', async () => {
    const other = testIdentity()
    const { addressText } = other.certificate
    const owner = { address: addressText, device: other.certificate.deviceId }
    const foreign = {
      certificate: other.certificate.signed,
      signed: signKeyPackage(other.deviceKey, owner, Uint8Array.of(3)),
    }
    const forged = signed(2, other)
    const found = [{ certificate, keyPackage: Uint8Array.of(1) }]
    expect(await take([junk], [signed(1)])).toEqual(found)
    expect(await take([], [forged], [foreign], offline, [signed(1, bob, 7)])).toEqual(found)
    expect(await take([signed(1), junk], [signed(4)])).toEqual(found)
  })

  it('that are handed out once are not taken a second time, the last resort is', async () => {
    const [once, last] = [signed(1), signed(2, bob, 7)]
    let answers = [[once], [last]]
    const links = { towards: () => linked(...answers).towards(address), clockAheadMs: () => undefined }
    const taker = new KeyStock(testIdentity(), links as unknown as Links, clock, () => {})
    const keyPackages = async () => (await taker.take(address)).map(({ keyPackage }) => keyPackage[0])
    expect(await keyPackages()).toEqual([1])
    expect([await keyPackages(), await keyPackages()]).toEqual([[2], [2]])
    answers = [[once]]
    await expect(taker.take(address)).rejects.toMatchObject({ code: 'conflict' })
  })

  it('are refused where every node answers junk, and none where a node that can be believed has none', async () => {
    await expect(take([junk], [junk], offline)).rejects.toMatchObject({ code: 'offline' })
    await expect(take(offline, [junk])).rejects.toMatchObject({ code: 'bad_signature' })
    await expect(take(offline)).rejects.toMatchObject({ code: 'offline' })
    expect(await take([junk], [])).toEqual([])
    expect(await take([], offline)).toEqual([])
  })
})

describe('the last resort', () => {
  /** A node that has a last resort of that version, and remembers what it was given. */
  function node(version: number) {
    const given: LinkBody<'putKeyPackages'>['lastResort'][] = []
    const request = (_: string, { lastResort }: LinkBody<'putKeyPackages'>) => {
      given.push(lastResort)
      const later = new ParleyError('conflict', 'Later.', { reason: `version:${version}` })
      return lastResort.version > version ? Promise.resolve({ count: 0 }) : Promise.reject(later)
    }
    return { given, request }
  }
  const stockOf = (nodes: unknown[]) => {
    const links = { connectedHomes: () => nodes, clockAheadMs: () => undefined } as unknown as Links
    return new KeyStock(bob, links, clock, (remaining) => asked.push(remaining))
  }

  it('is dated behind the one that a node has, for that node alone, and signed once for the others', async () => {
    const known = Date.now() + 60_000
    const [honest, ahead, other] = [node(0), node(known), node(0)]
    const made = stockOf([honest, ahead, other])
    await made.publish([], Uint8Array.of(1))
    await made.publish([], Uint8Array.of(1))
    expect(ahead.given.map(({ version }) => version > known)).toEqual([false, true, false, true])
    expect(new Set([...honest.given, ...other.given].map(({ version }) => version)).size).toBe(1)
    await made.publish([], Uint8Array.of(2))
    expect(honest.given.at(-1)?.version).toBeGreaterThan(honest.given[0]?.version ?? Infinity)
  })

  it('is not told again to a node that names a date which none takes', async () => {
    const liar = node(Date.now() + 24 * 3_600_000)
    await expect(stockOf([liar]).publish([], Uint8Array.of(1))).rejects.toMatchObject({ code: 'offline' })
    expect(liar.given).toHaveLength(1)
  })

  it('that no node took is asked for again', async () => {
    due = undefined
    await expect(stockOf([node(Infinity)]).publish([], Uint8Array.of(1))).rejects.toMatchObject({ code: 'offline' })
    expect(asked).toEqual([])
    ;(due as (() => void) | undefined)?.()
    expect(asked).toEqual([0])
  })
})
