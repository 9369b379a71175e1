import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Clock, systemClock, systemRandom, toHex, utf8 } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { fixedLedger, hastyClock, startNodes, type TestNodes, waitFor } from '../../testing/testnet-nodes.ts'
import type { Overlay } from '../types.ts'
import { createDevice, type TestDevice } from '../test-device.ts'
import { RETRY_MS, SETTLE_MS } from './constants.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const HALF_A_YEAR = 181 * DAY
let folder: string
let net: TestNodes
let devices: TestDevice[]
const pathOf = (index: number) => join(folder, `node${index}`)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-forgetting-'))
  devices = []
})
afterEach(async () => {
  await Promise.all(devices.map(({ overlay }) => overlay.stop()))
  await net.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function start(count: number, clock: Clock = systemClock): Promise<void> {
  net = await startNodes(count, { ledger: fixedLedger(), dataDir: pathOf, clock })
}

async function device(): Promise<Overlay> {
  const made = createDevice(net.addresses)
  devices.push(made)
  await made.overlay.start()
  await links(made.overlay, net.nodes.length)
  return made.overlay
}

async function links(overlay: Overlay, count: number): Promise<void> {
  await waitFor(() => overlay.links().filter(({ state }) => state === 'connected').length >= count, 10_000)
}

/** Everything of a node that is not its key. */
function wipe(index: number): void {
  const key = join(folder, 'key')
  copyFileSync(join(pathOf(index), 'node.json'), key)
  rmSync(pathOf(index), { recursive: true })
  mkdirSync(pathOf(index))
  copyFileSync(key, join(pathOf(index), 'node.json'))
  expect(readdirSync(pathOf(index))).toEqual(['node.json'])
}

/** What a node has on its disk. */
function replica(index: number, group: Uint8Array) {
  const database = new DatabaseSync(join(pathOf(index), 'node.db'), { readOnly: true })
  try {
    const id = `0x${toHex(group)}`
    const row = database.prepare('SELECT view, held, members, floor FROM log WHERE id = ?').get(id)
    const slots = database.prepare('SELECT value FROM log_slot WHERE log = ? AND decided = 1 ORDER BY epoch').all(id)
    const members = row ? (JSON.parse(String(row['members'])) as string[]) : []
    const entries = slots.map(({ value }) => Buffer.from(value as Uint8Array).toString())
    const [view, held, floor] = [row?.['view'], row?.['held'], row?.['floor']].map(Number)
    return { view, held, floor, members, entries }
  } finally {
    database.close()
  }
}

async function insist<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++)
    try {
      return await work()
    } catch (error) {
      if (tries === 20) throw error
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
}

describe('a home node that lost its database under the same key', () => {
  it('comes back by a new view with all entries, while appends go on and nothing has two winners', async () => {
    await start(3)
    const [alice, bob] = [await device(), await device()]
    const group = systemRandom.bytes(32)
    const winners: string[] = []
    const race = async (epoch: number) => {
      const rivals = [alice, bob].map((one, index) =>
        insist(() => one.appendLog(group, epoch, utf8(`${epoch} by ${index}`))),
      )
      const results = await Promise.all(rivals)
      const heard = results.map((result, index) =>
        result.won ? `${epoch} by ${index}` : Buffer.from(result.entry).toString(),
      )
      expect(heard[0]).toBe(heard[1])
      winners.push(heard[0] ?? '')
    }
    for (let epoch = 0; epoch < 4; epoch++) await race(epoch)
    const leader = net.nodes.findIndex(({ nodeId }) => nodeId === replica(0, group).members[0])
    await net.kill(leader)
    wipe(leader)
    await net.revive(leader)
    for (let epoch = 4; epoch < 12; epoch++) await race(epoch)
    // A member has the entries before it enters the view.
    const isThere = ({ entries, held }: ReturnType<typeof replica>) => entries.join() === winners.join() && held === 2
    await waitFor(() => [0, 1, 2].every((index) => isThere(replica(index, group))), 15_000)
    for (const index of [0, 1, 2]) expect(replica(index, group)).toMatchObject({ view: 2, held: 2 })
    for (const [epoch, winner] of winners.entries())
      expect(await alice.appendLog(group, epoch, utf8('too late'))).toEqual({ won: false, entry: utf8(winner) })
  }, 40_000)

  it('does not give the vote again that it gave before, until somebody who knows of it is there', async () => {
    await start(3)
    const alice = await device()
    const group = systemRandom.bytes(32)
    await alice.appendLog(group, 0, utf8('first'))
    const [leader = 0, other = 0, missed = 0] = replica(0, group).members.map((key) =>
      net.nodes.findIndex(({ nodeId }) => nodeId === key),
    )
    // It was not there for the second entry.
    await net.kill(missed)
    await insist(() => alice.appendLog(group, 1, utf8('second')))
    await Promise.all([net.kill(other), net.kill(leader)])
    wipe(leader)
    await Promise.all([net.revive(leader), net.revive(missed)])
    await links(alice, 2)
    await waitFor(() => [leader, missed].every((index) => net.nodes[index]?.peers().length === 1), 10_000)
    await expect(alice.appendLog(group, 1, utf8('again'))).rejects.toMatchObject({ code: 'offline' })
    expect(replica(leader, group)).toMatchObject({ view: 1, held: -1, entries: [] })
    await net.revive(other)
    const answer = await insist(() => alice.appendLog(group, 1, utf8('again')))
    expect(answer).toEqual({ won: false, entry: utf8('second') })
    await waitFor(() => replica(leader, group).entries.join() === 'first,second', 15_000)
    expect(await insist(() => alice.appendLog(group, 2, utf8('third')))).toEqual({ won: true })
  }, 60_000)

  it('has all again from the only other one, where there are two', async () => {
    await start(2)
    const alice = await device()
    const group = systemRandom.bytes(32)
    await alice.appendLog(group, 0, utf8('first'))
    const leader = net.nodes.findIndex(({ nodeId }) => nodeId === replica(0, group).members[0])
    await net.kill(leader)
    wipe(leader)
    await net.revive(leader)
    await links(alice, 2)
    expect(await insist(() => alice.appendLog(group, 0, utf8('again')))).toEqual({ won: false, entry: utf8('first') })
    expect(await insist(() => alice.appendLog(group, 1, utf8('second')))).toEqual({ won: true })
    await waitFor(() => [0, 1].every((index) => replica(index, group).entries.join() === 'first,second'), 15_000)
  }, 40_000)

  it('takes no part in founding a log before all who may know of one have been asked', async () => {
    await start(3)
    const alice = await device()
    await net.kill(0)
    wipe(0)
    await net.revive(0)
    await net.kill(1)
    const group = systemRandom.bytes(32)
    // Two of three are a majority only with its vote, which waits for the third.
    await expect(alice.appendLog(group, 0, utf8('early'))).rejects.toMatchObject({ code: 'offline' })
    await net.revive(1)
    await insist(() => alice.appendLog(group, 0, utf8('now')))
    await waitFor(() => [0, 1, 2].every((index) => replica(index, group).entries.join() === 'now'), 20_000)
  }, 60_000)

  it('goes on with the only one that has all when a third is off the map for a day, which follows when it is back', async () => {
    const clock = hastyClock()
    await start(3, clock)
    const alice = await device()
    const group = systemRandom.bytes(32)
    await alice.appendLog(group, 0, utf8('first'))
    await alice.appendLog(group, 1, utf8('second'))
    await waitFor(() => [0, 1, 2].every((index) => replica(index, group).entries.length === 2), 10_000)
    const [keeps = 0, forgets = 0, gone = 0] = replica(0, group).members.map((key) =>
      net.nodes.findIndex(({ nodeId }) => nodeId === key),
    )
    // Who starts anew knows of the one that is gone no more, as when its registration has lapsed.
    await Promise.all([gone, keeps, forgets].map((index) => net.kill(index)))
    wipe(forgets)
    await Promise.all([net.revive(keeps), net.revive(forgets)])
    await links(alice, 2)
    await waitFor(() => replica(forgets, group).held === -1, 20_000)
    clock.put(DAY - HOUR)
    await expect(alice.appendLog(group, 2, utf8('third'))).rejects.toThrow(ParleyError)
    expect(replica(keeps, group)).toMatchObject({ view: 1, entries: ['first', 'second'] })
    // What is known to be decided is told also now.
    expect(await alice.appendLog(group, 1, utf8('again'))).toEqual({ won: false, entry: utf8('second') })
    const other = await insist(() => {
      clock.put(DAY)
      return alice.appendLog(group, 2, utf8('other'))
    })
    // The one that is left had accepted it before; nobody can have been told of another.
    expect(other).toEqual({ won: false, entry: utf8('third') })
    await waitFor(() => replica(forgets, group).entries.join() === 'first,second,third', 20_000)
    await net.revive(gone)
    await waitFor(
      () => [0, 1, 2].every((index) => replica(index, group).entries.join() === 'first,second,third'),
      20_000,
    )
    expect(new Set([0, 1, 2].map((index) => replica(index, group).view)).size).toBe(1)
    expect(await insist(() => alice.appendLog(group, 2, utf8('late')))).toEqual({ won: false, entry: utf8('third') })
  }, 60_000)
})

it('a clock that is put right by days makes nobody go on alone, and takes back nothing that was decided', async () => {
  const clock = hastyClock()
  await start(3, clock)
  const alice = await device()
  const group = systemRandom.bytes(32)
  await alice.appendLog(group, 0, utf8('first'))
  await waitFor(() => [0, 1, 2].every((index) => replica(index, group).entries.length === 1), 10_000)
  await net.kill(2)
  await alice.appendLog(group, 1, utf8('second'))
  await Promise.all([net.kill(0), net.kill(1)])
  // As after a power cut: it is there before the others, and before its clock is set.
  clock.set(-2 * DAY)
  await net.revive(2)
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS + RETRY_MS))
  clock.set(0)
  const late = createDevice([net.addresses[2] ?? ''])
  devices.push(late)
  await late.overlay.start()
  await links(late.overlay, 1)
  await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
  const alone = () => late.overlay.appendLog(group, 2, utf8('alone'))
  await expect(alone()).rejects.toThrow(ParleyError)
  expect(replica(2, group)).toMatchObject({ view: 1, entries: ['first'] })
  await Promise.all([net.revive(0), net.revive(1)])
  // Who did not answer is not dialled again for a while.
  clock.put(60_000)
  await waitFor(() => net.nodes[2]?.peers().length === 2, 20_000)
  expect(await insist(alone)).toEqual({ won: true })
  await waitFor(() => [0, 1, 2].every((index) => replica(index, group).entries.join() === 'first,second,alone'), 20_000)
}, 60_000)

it('a log that nobody writes to for half a year is given up by its members together, and never decided twice', async () => {
  const clock = hastyClock()
  await start(3, clock)
  const alice = await device()
  const group = systemRandom.bytes(32)
  for (const [epoch, entry] of ['first', 'second'].entries()) await alice.appendLog(group, epoch, utf8(entry))
  await waitFor(() => [0, 1, 2].every((index) => replica(index, group).entries.length === 2), 10_000)
  const [, , away = 0] = replica(0, group).members.map((key) => net.nodes.findIndex(({ nodeId }) => nodeId === key))
  await net.kill(away)
  clock.put(HALF_A_YEAR)
  const others = [0, 1, 2].filter((index) => index !== away)
  const isGivenUp = (index: number) => replica(index, group).floor === 2 && replica(index, group).entries.length === 0
  await waitFor(() => others.every(isGivenUp), 20_000)
  await net.revive(away)
  await waitFor(() => [0, 1, 2].every(isGivenUp), 20_000)
  const bob = await device()
  for (const epoch of [0, 1])
    await expect(bob.appendLog(group, epoch, utf8('other'))).rejects.toMatchObject({ code: 'not_found' })
  expect(await insist(() => bob.appendLog(group, 2, utf8('third')))).toEqual({ won: true })
  expect((await bob.readLog(group, 0, 10)).map(({ epoch }) => epoch)).toEqual([2])
}, 60_000)
