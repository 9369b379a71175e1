import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock, systemRandom, toHex, utf8 } from '../../base/index.ts'
import type { ParleyError } from '../../contract/index.ts'
import { waitFor } from '../../testing/testnet-nodes.ts'
import { LOGS_SEEN } from './absence.ts'
import { AWAY_MS } from './constants.ts'
import type { Step, View } from './core/types.ts'
import { type Site, Sites } from './testing/sites.ts'
import { signFounding } from './vouching.ts'

let sites: Sites
let back: Site
let forgot: Site
let gone: Site
let keeps: Site
const bytes = systemRandom.bytes(32)
const group = `0x${toHex(bytes)}`

beforeEach(async () => {
  sites = await Sites.open(4, systemClock)
  ;[back, forgot, gone, keeps] = sites.all as [Site, Site, Site, Site]
})
afterEach(() => sites.close())

const take = ({ state, record: { nodeKey: self } }: Site, step: Step, from = self) =>
  state.apply('log', { group, self, from, now: Date.now(), step })
const viewOf = (number: number, members: readonly Site[]): View => ({
  ...{ number, after: 0, members: members.map(({ record }) => record.nodeKey), previous: [] },
  ...{ ...signFounding(back.key, group, `0x${'0e'.repeat(32)}`), floor: 0, used: Date.now() },
})
/** `back` has the first view, `gone` was in it and is cut off, `forgot` was too and does not know it any more; the log lives at `keeps`. */
async function scene(awayMs: number): Promise<void> {
  await take(back, { kind: 'adopt', view: viewOf(1, [back, forgot, gone]) })
  await take(keeps, { kind: 'adopt', view: viewOf(9, [keeps]) })
  const newest = { kind: 'accept', view: 9, epoch: 0, ballot: 0, value: utf8('newest') } as const
  await take(keeps, newest)
  await take(keeps, { ...newest, kind: 'decided' })
  const seen = Buffer.alloc(8)
  seen.writeBigInt64BE(BigInt(Date.now() - awayMs))
  await back.state.apply('setMeta', { name: LOGS_SEEN, value: new Uint8Array(seen) })
  gone.side = 1
  await sites.begin()
}
const append = (entry: string) =>
  sites.append(back, bytes, 0, entry).catch((error: unknown) => (error as ParleyError).code)

describe('a node that comes back with a view that is over', () => {
  it('after long decides nothing in it together with one that has forgotten it', async () => {
    await scene(AWAY_MS + 1)
    expect(await append('stale')).toBe('newest')
    expect(sites.entries(forgot, bytes)).toEqual([])
  })

  it('waits until a majority of those who may know of a newer one can be asked, also after another restart', async () => {
    await scene(AWAY_MS + 1)
    keeps.side = 1
    expect(await append('stale')).toBe('offline')
    await back.logs.service.stop?.()
    await back.logs.service.start?.()
    expect(await append('stale')).toBe('offline')
    expect(sites.entries(forgot, bytes)).toEqual([])
    keeps.side = 0
    expect(await append('stale')).toBe('newest')
  })

  it('goes on at once where all were off together and nobody knows of a newer one', async () => {
    await take(back, { kind: 'adopt', view: viewOf(1, [back, forgot, gone]) })
    for (const site of [forgot, gone]) await take(site, { kind: 'adopt', view: viewOf(1, [back, forgot, gone]) })
    const seen = Buffer.alloc(8)
    for (const { state } of sites.all) await state.apply('setMeta', { name: LOGS_SEEN, value: new Uint8Array(seen) })
    await sites.begin()
    expect(await append('first')).toBe('won')
    const noted = () => sites.all.map(({ state }) => state.rows.get('SELECT value FROM meta WHERE name = ?', LOGS_SEEN))
    await waitFor(() => noted().every((row) => Buffer.from(row?.['value'] as Uint8Array).readBigInt64BE() > 0n), 8_000)
  })
})
