import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type Clock, silentLog, systemRandom } from '../../base/index.ts'
import type { NodeRecordValue } from '../../wire/index.ts'
import { SectorMap } from './map.ts'
import { homeNodes, rankNodes } from './rank.ts'
import { SectorRing } from './ring.ts'
import { SaltSource } from './salt.ts'

/** Random-looking and always the same: a share that depends on chance would fail by chance. */
const fixed = (name: string) => createHash('sha256').update(name).digest('hex')
const nodes = (count: number): NodeRecordValue[] =>
  Array.from({ length: count }, (_, index) => ({
    nodeKey: fixed(`node ${index}`),
    endpoints: [],
    fingerprint: '',
    object: null,
  }))
const addresses = Array.from({ length: 1_000 }, (_, index) => `0x${fixed(`address ${index}`)}`)
const salt = new Uint8Array(32).fill(1)

describe('home nodes', () => {
  it('are three, the same for everyone whatever the order of the list', () => {
    const all = nodes(20)
    for (const address of addresses.slice(0, 50)) {
      expect(homeNodes(all, address, salt)).toHaveLength(3)
      expect(homeNodes([...all].reverse(), address, salt)).toEqual(homeNodes(all, address, salt))
    }
  })

  it('move only for the share of addresses that a new node takes', () => {
    const [extra, ...all] = nodes(31)
    const before = addresses.map((address) => rankNodes(all, address, salt)[0])
    const after = addresses.map((address) => rankNodes([...all, ...(extra ? [extra] : [])], address, salt)[0])
    const moved = after.filter((node, index) => node !== before[index])
    expect(moved.every((node) => node === extra)).toBe(true)
    expect(moved.length / addresses.length).toBeLessThan(0.12)
  })

  it('are others under another salt, and both sets are served for one presence lifetime', async () => {
    let now = 0
    const timers: (() => void)[] = []
    const clock: Clock = { now: () => now, steady: () => now, after: (_ms, task) => (timers.push(task), () => {}) }
    const options = { clock, random: systemRandom, log: silentLog, onChange: () => {}, read: async () => salt }
    const source = new SaltSource({ ...options, first: salt, known: true })
    const map = new SectorMap(() => source.salts())
    for (const node of nodes(50)) map.set(node)
    const address = addresses[0] ?? ''
    const before = map.homes(address)
    source.set(new Uint8Array(32).fill(2))
    const both = map.homes(address)
    expect(both.length).toBeGreaterThan(3)
    expect(both.slice(-before.length).concat(both)).toEqual(expect.arrayContaining(before))
    now = 300_001
    expect(map.homes(address)).toHaveLength(3)
  })

  it('are found by the ring exactly as by ranking every node, also after nodes came, changed and left', () => {
    const all = nodes(200)
    const ring = new SectorRing(salt, all.slice(0, 120))
    for (const node of all.slice(100)) ring.set(node)
    for (const { nodeKey } of all.slice(0, 60)) ring.remove(nodeKey)
    ring.remove(fixed('never there'))
    expect(ring.size).toBe(140)
    for (const address of addresses.slice(0, 200))
      expect(ring.nearest(address, 5)).toEqual(rankNodes(all.slice(60), address, salt).slice(0, 5))
    expect(ring.nearest(addresses[0] ?? '', 1000)).toHaveLength(140)
    expect(new SectorRing(salt).nearest(addresses[0] ?? '', 3)).toEqual([])
  })

  it('have the shares of the address space that counting finds', () => {
    const all = nodes(40)
    const ring = new SectorRing(salt, all)
    const shares = ring.shares(3)
    expect([...shares.values()].reduce((sum, share) => sum + share, 0)).toBeCloseTo(3, 9)
    const counts = new Map<string, number>()
    for (const address of addresses)
      for (const { nodeKey } of ring.nearest(address, 3)) counts.set(nodeKey, (counts.get(nodeKey) ?? 0) + 1)
    for (const [{ nodeKey }, share] of shares)
      expect(Math.abs((counts.get(nodeKey) ?? 0) / addresses.length - share)).toBeLessThan(0.06)
  })
})
