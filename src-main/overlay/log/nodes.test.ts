import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemRandom, toHex, utf8 } from '../../base/index.ts'
import { fixedLedger, startNodes, type TestNodes, waitFor } from '../../testing/testnet-nodes.ts'
import { homeNodes } from '../sector/rank.ts'
import { createDevice, type TestDevice } from '../test-device.ts'

let folder: string
let net: TestNodes
let devices: TestDevice[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-log-'))
  devices = []
})
afterEach(async () => {
  await Promise.all(devices.map(({ overlay }) => overlay.stop()))
  await net.stop()
  rmSync(folder, { recursive: true, force: true })
})

const pathOf = (index: number) => join(folder, `node${index}`)

async function start(count: number): Promise<void> {
  net = await startNodes(count, { ledger: fixedLedger(), dataDir: pathOf })
}

/** A device that is linked to these nodes. */
async function device(addresses: readonly string[] = net.addresses): Promise<TestDevice['overlay']> {
  const made = createDevice(addresses)
  devices.push(made)
  await made.overlay.start()
  await linked(made.overlay, addresses.length)
  return made.overlay
}

/** One link is enough to ask over, but not when its node is killed. */
async function linked(overlay: TestDevice['overlay'], count: number): Promise<void> {
  const connected = () => overlay.links().filter(({ state }) => state === 'connected').length
  await waitFor(() => connected() >= Math.min(count, 3), 10_000)
}

interface Replica {
  members: string[]
  view: number
  held: number
  entries: string[]
}

/** What a node has on its disk of a log. */
function replica(index: number, group: Uint8Array): Replica | undefined {
  const database = new DatabaseSync(join(pathOf(index), 'node.db'), { readOnly: true })
  try {
    const id = `0x${toHex(group)}`
    const row = database.prepare('SELECT * FROM log WHERE id = ?').get(id)
    if (!row) return undefined
    const slots = database.prepare('SELECT * FROM log_slot WHERE log = ? AND decided = 1 ORDER BY epoch').all(id)
    return {
      members: JSON.parse(String(row['members'])) as string[],
      view: Number(row['view']),
      held: Number(row['held']),
      entries: slots.map(({ epoch, value }) => `${Number(epoch)} ${Buffer.from(value as Uint8Array).toString()}`),
    }
  } finally {
    database.close()
  }
}

/** Resolves when the replicas at all members of the newest view are the same, with these entries. */
async function same(group: Uint8Array, entries: readonly string[]): Promise<void> {
  const keepers = () => {
    const found = net.nodes.map((_, index) => replica(index, group))
    const view = Math.max(...found.map((one) => one?.view ?? 0))
    const members = found.find((one) => one?.view === view)?.members ?? []
    return net.nodes.flatMap(({ nodeId }, index) => (members.includes(nodeId) ? [found[index]] : []))
  }
  await waitFor(
    () => keepers().every((one) => one?.held === one?.view && one?.entries.join() === entries.join()),
    12_000,
  )
  expect(keepers()).toHaveLength(Math.min(3, net.nodes.length))
}

const newGroup = () => systemRandom.bytes(32)
const text = (entries: readonly { epoch: number; entry: Uint8Array }[]) =>
  entries.map(({ epoch, entry }) => `${epoch} ${Buffer.from(entry).toString()}`)

describe('the log of a group', () => {
  it('has one winner for each epoch, whichever node the rivals ask, and a late reader gets all', async () => {
    await start(3)
    const rivals = await Promise.all(net.addresses.map((address) => device([address])))
    const group = newGroup()
    const winners: string[] = []
    for (let epoch = 0; epoch < 20; epoch++) {
      const results = await Promise.all(
        rivals.map((rival, index) => rival.appendLog(group, epoch, utf8(`${epoch} by ${index}`))),
      )
      expect(results.filter(({ won }) => won)).toHaveLength(1)
      const winner = `${epoch} by ${results.findIndex(({ won }) => won)}`
      for (const result of results) if (!result.won) expect(Buffer.from(result.entry).toString()).toBe(winner)
      winners.push(`${epoch} ${winner}`)
    }
    const late = await device()
    expect(text(await late.readLog(group, 0, 1_000))).toEqual(winners)
    expect(text(await late.readLog(group, 5, 3))).toEqual(winners.slice(5, 8))
    expect(await late.readLog(newGroup(), 0, 10)).toEqual([])
    // Whoever asks again hears the same.
    expect(await rivals[0]?.appendLog(group, 0, utf8(winners[0]?.slice(2) ?? ''))).toEqual({ won: true })
    await same(group, winners)
  })

  it('goes on while any one of its nodes is gone, and every node has all of it in the end', async () => {
    await start(3)
    const [alice, bob] = [await device(), await device()]
    const group = newGroup()
    const winners: string[] = []
    for (let away = 0; away < 3; away++) {
      const appends: Promise<unknown>[] = []
      const append = (epoch: number) => {
        appends.push(
          Promise.all([
            alice.appendLog(group, epoch, utf8(`a${epoch}`)),
            bob.appendLog(group, epoch, utf8(`b${epoch}`)),
          ]).then(([a, b]) => {
            expect([a.won, b.won].filter(Boolean)).toHaveLength(1)
            winners[epoch] = `${epoch} ${a.won ? 'a' : 'b'}${epoch}`
          }),
        )
      }
      for (let epoch = 6 * away; epoch < 6 * away + 3; epoch++) append(epoch)
      // In the middle of it, whoever leads.
      await net.kill(away)
      for (let epoch = 6 * away + 3; epoch < 6 * away + 6; epoch++) append(epoch)
      await Promise.all(appends)
      await net.revive(away)
      await waitFor(() => net.nodes.every((node) => node.peers().length === 2), 10_000)
      await Promise.all([linked(alice, 3), linked(bob, 3)])
    }
    expect(text(await alice.readLog(group, 0, 100))).toEqual(winners)
    await same(group, winners)
  }, 60_000)

  it('is refused while a majority is away, and answers when it is back', async () => {
    await start(3)
    const alice = await device()
    const group = newGroup()
    expect(await alice.appendLog(group, 0, utf8('first'))).toEqual({ won: true })
    await net.kill(1)
    await net.kill(2)
    const pending = await alice.appendLog(group, 1, utf8('second')).catch((error: unknown) => error)
    expect(pending).toMatchObject({ code: expect.stringMatching(/offline|timeout/) as string })
    await net.revive(1)
    await waitFor(() => net.nodes[0]?.peers().length === 1, 10_000)
    expect(await alice.appendLog(group, 1, utf8('second'))).toEqual({ won: true })
    await net.revive(2)
    await same(group, ['0 first', '1 second'])
  }, 40_000)

  it('moves to its new home nodes with all that was decided, and the old ones may go', async () => {
    await start(3)
    const alice = await device()
    const groups = Array.from({ length: 6 }, newGroup)
    for (const group of groups)
      for (let epoch = 0; epoch < 4; epoch++) await alice.appendLog(group, epoch, utf8(`old ${epoch}`))
    for (let count = 0; count < 3; count++) await net.join()
    await waitFor(() => net.nodes.every((node) => node.peers().length === 5), 10_000)
    const all = ['0 old 0', '1 old 1', '2 old 2', '3 old 3']
    const nodes = net.nodes.map(({ nodeId }) => ({ nodeKey: nodeId }))
    for (const group of groups) {
      const homes = homeNodes(nodes, `0x${toHex(group)}`, new Uint8Array(32)).map(({ nodeKey }) => nodeKey)
      const keeps = net.nodes.map(({ nodeId }) => homes.includes(nodeId))
      // The new ones have it, and the old ones have forgotten their copy.
      await waitFor(
        () => keeps.every((keep, index) => (replica(index, group)?.entries.join() ?? '') === (keep ? all.join() : '')),
        15_000,
      )
    }
    const late = await device(net.addresses.slice(3))
    for (const group of groups) {
      expect(await late.appendLog(group, 2, utf8('late'))).toMatchObject({ won: false })
      expect(await late.appendLog(group, 4, utf8('new'))).toEqual({ won: true })
      expect(text(await alice.readLog(group, 0, 100))).toEqual([...all, '4 new'])
    }
  }, 120_000)

  it('refuses what is no entry, no group and no epoch', async () => {
    await start(1)
    const alice = await device()
    const group = newGroup()
    await expect(alice.appendLog(group, 0, new Uint8Array(65_537))).rejects.toMatchObject({ code: 'too_large' })
    await expect(alice.appendLog(group, 0, new Uint8Array())).rejects.toMatchObject({ code: 'invalid_params' })
    await expect(alice.appendLog(new Uint8Array(31), 0, utf8('x'))).rejects.toMatchObject({ code: 'invalid_params' })
    for (const epoch of [-1, 0.5, 2 ** 60])
      await expect(alice.appendLog(group, epoch, utf8('x'))).rejects.toMatchObject({ code: 'invalid_params' })
    expect(await alice.appendLog(group, Number.MAX_SAFE_INTEGER, new Uint8Array(65_536))).toEqual({ won: true })
    expect(await alice.readLog(group, 0, 10)).toHaveLength(1)
  })
})
