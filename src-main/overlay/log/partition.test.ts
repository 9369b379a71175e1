import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Secret, silentLog, systemClock, systemRandom, toHex, utf8 } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { type SigningKey, signingKeyFromSeed } from '../../crypto/index.ts'
import { decodeFrame, encodeFrame, type LinkFrame, type LinkFrameName, type NodeRecordValue } from '../../wire/index.ts'
import { freeMeter } from '../fees/meter.ts'
import { defaultLimits } from '../limits/limits.ts'
import { SectorMap } from '../sector/map.ts'
import { createEmbeddedState, type LocalState, SqlReader } from '../state/index.ts'
import { waitFor } from '../../testing/testnet-nodes.ts'
import { GroupLogs } from './logs.ts'

interface Site {
  record: NodeRecordValue
  state: LocalState
  map: SectorMap
  logs: GroupLogs
  side: number
}

/** Logs on real states and real frames, over links that can be cut without a word. */
let sites: Site[]
const OWNER = `0x${'aa'.repeat(32)}`

beforeEach(async () => {
  sites = []
  const keys = Array.from({ length: 3 }, () => signingKeyFromSeed(new Secret(systemRandom.bytes(32))))
  const records = keys.map(({ publicKey }, index) => recordOf(toHex(publicKey), index))
  for (const [index, record] of records.entries()) {
    const state = createEmbeddedState({ path: ':memory:', limits: defaultLimits, onError: () => {} })
    await state.start()
    const map = new SectorMap(() => [new Uint8Array(32)])
    for (const one of records) map.set(one)
    const request = (to: NodeRecordValue, name: LinkFrameName, body: never) => pass(record, to, name, body)
    const peers = { request } as unknown as ConstructorParameters<typeof GroupLogs>[0]['peers']
    const self = record.nodeKey
    const logs = new GroupLogs({
      key: keys[index] as SigningKey,
      isNew: true,
      limits: defaultLimits,
      meter: freeMeter,
      state,
      map,
      peers,
      self,
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
    })
    sites.push({ record, state, map, logs, side: 0 })
    await logs.service.start?.()
  }
})
afterEach(async () => {
  for (const { logs, state } of sites) {
    await logs.service.stop?.()
    await state.stop()
  }
})

function recordOf(nodeKey: string, index: number): NodeRecordValue {
  return { nodeKey, endpoints: [`wss://127.0.0.1:${4_000 + index}`], fingerprint: nodeKey, object: null }
}

function siteOf({ nodeKey }: NodeRecordValue): Site {
  return sites.find(({ record }) => record.nodeKey === nodeKey) as Site
}

/** One request from node to node; across the cut neither it nor its answer arrives. */
async function pass(from: NodeRecordValue, to: NodeRecordValue, name: LinkFrameName, body: never): Promise<unknown> {
  const answer = await serve(siteOf(to), name, body, from)
  return answer.body
}

async function serve(site: Site, name: LinkFrameName, body: never, from?: NodeRecordValue): Promise<LinkFrame> {
  const isCut = () => from !== undefined && siteOf(from).side !== site.side
  if (isCut()) await silence()
  let answer: LinkFrame | undefined
  const connection = {
    send: (as: LinkFrameName, id: number, sent: never) => (answer = decodeFrame(encodeFrame(as, id, sent))),
  }
  const frame = decodeFrame(encodeFrame(name, 1, body))
  const { nodeFrames, deviceFrames } = site.logs.service
  const handlers = (from ? nodeFrames : deviceFrames) as Record<string, (...given: unknown[]) => Promise<void>>
  const link = { source: { owner: OWNER, network: '127.0.0' }, connection }
  await handlers[name]?.(...(from ? [connection, from, frame] : [link, frame]))
  if (isCut()) await silence()
  if (!answer) throw new Error('no answer')
  return answer
}

async function silence(): Promise<never> {
  await new Promise((resolve) => setTimeout(resolve, 50))
  throw new ParleyError('timeout', 'The node did not answer in time.')
}

/** What a device that is linked to this node is told. */
async function append(site: Site, group: Uint8Array, epoch: number, entry: string): Promise<string> {
  const body = { group: `0x${toHex(group)}`, epoch, entry: utf8(entry), founding: null }
  const answer = await serve(site, 'logAppend', body as never)
  if (answer.name !== 'logResult') throw new Error('another frame')
  const { result } = answer.body
  return result.$kind === 'lost' ? Buffer.from(result.lost).toString() : result.$kind
}

function entries({ state }: Site, group: Uint8Array): string[] {
  const slots = new SqlReader(() => state.rows).slots(`0x${toHex(group)}`, 0, 100)
  return slots.flatMap(({ epoch, value, decided }) =>
    decided ? [`${epoch} ${Buffer.from(value ?? []).toString()}`] : [],
  )
}

describe('a network that falls apart', () => {
  it.each([0, 1])('decides on the side of the majority only, and is one again: node %i alone', async (index) => {
    const group = systemRandom.bytes(32)
    const alone = sites[index] as Site
    const [other] = sites.filter((site) => site !== alone) as [Site]
    expect(await append(alone, group, 0, 'before')).toBe('won')
    alone.side = 1
    const lonely = append(alone, group, 1, 'alone').catch((error: unknown) => (error as ParleyError).code)
    expect(await append(other, group, 1, 'many')).toBe('won')
    expect(await append(other, group, 2, 'more')).toBe('won')
    expect(await lonely).toBe('offline')
    alone.side = 0
    expect(await append(alone, group, 1, 'alone')).toBe('many')
    // As when a link is back: others came or went.
    for (const { map } of sites) {
      map.setAlive(other.record.nodeKey, false)
      map.setAlive(other.record.nodeKey, true)
    }
    const all = ['0 before', '1 many', '2 more']
    await waitFor(() => sites.every((site) => entries(site, group).join() === all.join()), 8_000)
  })

  it('decides nothing while nobody has a majority, and then one entry for each epoch', async () => {
    const group = systemRandom.bytes(32)
    expect(await append(sites[0] as Site, group, 0, 'before')).toBe('won')
    for (const [index, site] of sites.entries()) site.side = index
    const tried = await Promise.all(
      sites.map((site, index) =>
        append(site, group, 1, `by ${index}`).catch((error: unknown) => (error as ParleyError).code),
      ),
    )
    expect(tried).toEqual(['offline', 'offline', 'offline'])
    for (const site of sites) site.side = 0
    const healed = await Promise.all(sites.map((site, index) => append(site, group, 1, `by ${index}`)))
    const winner = healed.includes('won') ? `by ${healed.indexOf('won')}` : (healed[0] ?? '')
    expect(new Set(healed.filter((result) => result !== 'won'))).toEqual(new Set([winner]))
    await Promise.all(sites.map((site) => append(site, group, 2, 'last')))
    await waitFor(() => sites.every((site) => entries(site, group).join() === `0 before,1 ${winner},2 last`), 8_000)
  }, 20_000)
})
