import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog, systemClock, systemRandom, toHex } from '../../base/index.ts'
import { waitFor } from '../../testing/testnet-nodes.ts'
import type { LinkInput, NodeRecordValue } from '../../wire/index.ts'
import type { Connection } from '../link/connection.ts'
import { PresenceTable } from '../presence/table.ts'
import type { Sector } from '../relay/types.ts'
import { SectorMap } from '../sector/map.ts'
import { WatchHomes, type WatchHomesOptions } from './watch-homes.ts'
import { type WatchLimits, Watchers } from './watchers.ts'

const hex = () => toHex(systemRandom.bytes(32))
const addresses = (count: number) => Array.from({ length: count }, () => `0x${hex()}`)
const record = (): NodeRecordValue => ({
  nodeKey: hex(),
  endpoints: ['wss://127.0.0.1:1'],
  fingerprint: hex(),
  object: null,
})

/** What each node was told to watch, kept as its own end of the link would. */
const watched = new Map<string, Set<string>>()
let map: SectorMap
let homes: WatchHomes
let sectors = 0
let frames = 0
let linked: () => NodeRecordValue[]

beforeEach(() => {
  sectors = frames = 0
  watched.clear()
  map = new SectorMap(() => [new Uint8Array(32)])
  linked = () => map.all()
  homes = new WatchHomes({ clock: systemClock, log: silentLog, peers: { sector, linked: () => linked(), request } })
})
afterEach(() => homes.stop())

function sector(address: string): Sector {
  sectors++
  return { others: map.homes(address), here: false, first: false, candidate: false, spare: [] }
}
const request = ((node: NodeRecordValue, name: string, body: unknown) => {
  frames++
  const { added, removed } = body as LinkInput<'watchMore'>
  const set = watched.get(node.nodeKey) ?? new Set()
  watched.set(node.nodeKey, set)
  if (name === 'watchPresence') {
    set.clear()
    for (const address of (body as LinkInput<'watchPresence'>).addresses) set.add(address)
  } else {
    for (const address of added) set.add(address)
    for (const address of removed) set.delete(address)
  }
  return Promise.resolve({})
}) as WatchHomesOptions['peers']['request']
const total = () => [...watched.values()].reduce((sum, set) => sum + set.size, 0)

describe('addresses whose home is elsewhere', () => {
  it('are looked up once each, and only what is new afterwards', async () => {
    for (let each = 0; each < 6; each++) map.set(record())
    for (const address of addresses(2_000)) homes.add(address)
    await waitFor(() => total() === 6_000)
    expect(sectors).toBe(2_000)
    const before = frames
    const [more = ''] = addresses(1)
    homes.add(more)
    await waitFor(() => total() === 6_003)
    expect(sectors).toBe(2_001)
    expect(frames - before).toBe(3)
    homes.remove(more)
    await waitFor(() => total() === 6_000)
    expect(sectors).toBe(2_001)
  })

  it('are looked up once more after many changes of the map, and nodes that are gone are forgotten', async () => {
    const [gone = record(), ...stay] = Array.from({ length: 6 }, record)
    for (const each of [gone, ...stay]) map.set(each)
    for (const address of addresses(2_000)) homes.add(address)
    await waitFor(() => total() === 6_000)
    map.remove(gone.nodeKey)
    watched.delete(gone.nodeKey)
    for (let each = 0; each < 20; each++) homes.mapChanged()
    await waitFor(() => total() === 6_000 && homes.neighbours === 5)
    expect(sectors).toBe(4_000)
  })

  it('are all told, more than fit into one frame, and all again where a link is new', async () => {
    const only = record()
    map.set(only)
    for (const address of addresses(10_000)) homes.add(address)
    await waitFor(() => total() === 10_000)
    watched.clear()
    homes.linked(only)
    await waitFor(() => total() === 10_000)
    expect(sectors).toBe(10_000)
  })
})

describe('addresses that a link watches', () => {
  const revocations = { of: () => [] }
  const peers = { sector, linked: () => [], request }
  const watchers = (limits?: WatchLimits) =>
    new Watchers({ clock: systemClock, log: silentLog, peers, revocations, ...(limits && { limits }) })
  const table = new PresenceTable(systemClock, () => {})
  const wallet = (owner: string) => ({ kind: 'device', owner }) as const
  const node = { kind: 'node', owner: 'a node' } as const
  function link() {
    const pushed: string[] = []
    const close: (() => void)[] = []
    const send = (_name: string, _id: number, { address }: { address: string }) => pushed.push(address)
    const connection = { closed: false, send, onClose: (listener: () => void) => close.push(listener) }
    return { pushed, close: () => close.forEach((each) => each()), connection: connection as unknown as Connection }
  }

  it('are all pushed where they are 10,000 of another node, and those removed no more', () => {
    const all = addresses(10_000)
    const [own, { connection, pushed }] = [watchers(), link()]
    own.watch(connection, all.slice(0, 4_000), table, node)
    for (let at = 4_000; at < all.length; at += 2_000)
      own.change(connection, { added: all.slice(at, at + 2_000), removed: [] }, table, node)
    for (const address of all) own.changed(address, table)
    expect(pushed).toEqual(all)
    own.change(connection, { added: [], removed: all.slice(0, 2_000) }, table, node)
    for (const address of all) own.changed(address, table)
    expect(pushed.length).toBe(18_000)
    own.stop()
  })

  it('are bounded for each wallet: others are not refused, and a link that closes gives its share back', () => {
    const own = watchers()
    const links = Array.from({ length: 5 }, link)
    const [first, ...others] = links
    for (const { connection } of others) own.watch(connection, addresses(4_000), table, wallet('one'))
    const more = () => first && own.watch(first.connection, addresses(1), table, wallet('one'))
    expect(more).toThrow(expect.objectContaining({ code: 'rate_limited' }))
    own.watch(link().connection, addresses(4_000), table, wallet('two'))
    others[0]?.close()
    others[1]?.close()
    // There is room again, but not for as many new ones at once.
    const flood = () => first && own.watch(first.connection, addresses(8_000), table, wallet('one'))
    expect(flood).toThrow(expect.objectContaining({ code: 'rate_limited' }))
    own.stop()
  })

  it('are bounded for each network, so that many wallets of one leave room to others', () => {
    const own = watchers({ all: 16_000, ofNode: 2_000, ofNetwork: 6_000 })
    const from = (owner: string, network: string) => ({ ...wallet(owner), network })
    const links = ['one', 'two', 'three'].map((owner) => ({ owner, ...link() }))
    const flood = () => {
      for (const { owner, connection } of links)
        own.watch(connection, addresses(2_500), table, from(owner, '192.0.2.0/24'))
    }
    expect(flood).toThrow(expect.objectContaining({ code: 'rate_limited' }))
    own.watch(link().connection, addresses(4_000), table, from('four', '198.51.100.0/24'))
    links[0]?.close()
    own.watch(links[2]?.connection as Connection, addresses(2_500), table, from('three', '192.0.2.0/24'))
    own.stop()
  })

  it('are bounded for each other node and for all of them, so that there is room for those who link here', () => {
    const own = watchers({ all: 16_000, ofNode: 2_000, ofNetwork: 16_000 })
    const flood = (owner: string) => {
      const { connection, close } = link()
      for (let count = 0; count < 21; count++)
        own.change(connection, { added: addresses(100), removed: [] }, table, { kind: 'node', owner })
      return close
    }
    const refused = expect.objectContaining({ code: 'rate_limited' })
    for (const owner of ['a', 'b', 'c', 'd']) expect(() => flood(owner)).toThrow(refused)
    const more = (owner: string) => () =>
      own.change(link().connection, { added: addresses(1), removed: [] }, table, { kind: 'node', owner })
    // Not by another link of it either, and not by a fifth.
    for (const owner of ['a', 'e']) expect(more(owner)).toThrow(refused)
    own.watch(link().connection, addresses(4_000), table, wallet('one'))
    own.stop()
  })
})
