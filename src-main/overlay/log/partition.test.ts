import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock, systemRandom } from '../../base/index.ts'
import type { ParleyError } from '../../contract/index.ts'
import { waitFor } from '../../testing/testnet-nodes.ts'
import { type Site, Sites } from './testing/sites.ts'

let sites: Sites
beforeEach(async () => {
  sites = await Sites.open(3, systemClock)
  await sites.begin()
})
afterEach(() => sites.close())

describe('a network that falls apart', () => {
  it.each([0, 1])('decides on the side of the majority only, and is one again: node %i alone', async (index) => {
    const group = systemRandom.bytes(32)
    const alone = sites.all[index] as Site
    const [other] = sites.all.filter((site) => site !== alone) as [Site]
    expect(await sites.append(alone, group, 0, 'before')).toBe('won')
    alone.side = 1
    const lonely = sites.append(alone, group, 1, 'alone').catch((error: unknown) => (error as ParleyError).code)
    expect(await sites.append(other, group, 1, 'many')).toBe('won')
    expect(await sites.append(other, group, 2, 'more')).toBe('won')
    expect(await lonely).toBe('offline')
    alone.side = 0
    expect(await sites.append(alone, group, 1, 'alone')).toBe('many')
    // As when a link is back: others came or went.
    for (const { map } of sites.all) {
      map.setAlive(other.record.nodeKey, false)
      map.setAlive(other.record.nodeKey, true)
    }
    const all = ['0 before', '1 many', '2 more']
    await waitFor(() => sites.all.every((site) => sites.entries(site, group).join() === all.join()), 8_000)
  })

  it('decides nothing while nobody has a majority, and then one entry for each epoch', async () => {
    const group = systemRandom.bytes(32)
    expect(await sites.append(sites.all[0] as Site, group, 0, 'before')).toBe('won')
    for (const [index, site] of sites.all.entries()) site.side = index
    const tried = await Promise.all(
      sites.all.map((site, index) =>
        sites.append(site, group, 1, `by ${index}`).catch((error: unknown) => (error as ParleyError).code),
      ),
    )
    expect(tried).toEqual(['offline', 'offline', 'offline'])
    for (const site of sites.all) site.side = 0
    const healed = await Promise.all(sites.all.map((site, index) => sites.append(site, group, 1, `by ${index}`)))
    const winner = healed.includes('won') ? `by ${healed.indexOf('won')}` : (healed[0] ?? '')
    expect(new Set(healed.filter((result) => result !== 'won'))).toEqual(new Set([winner]))
    await Promise.all(sites.all.map((site) => sites.append(site, group, 2, 'last')))
    await waitFor(
      () => sites.all.every((site) => sites.entries(site, group).join() === `0 before,1 ${winner},2 last`),
      8_000,
    )
  }, 20_000)
})
