import { expect, it } from 'vitest'
import type { NodeRegistry, RegisteredNode, RegistryPage } from '../../ledger/index.ts'
import { ownRecords } from './own-records.ts'
import { testProfile } from './test-registry.ts'

const OWNER = `0x${'1'.repeat(64)}`

function record(object: string, owner: string, renewed: bigint): RegisteredNode {
  const about = { stake: 1n, freeFrom: 0n, sharedAt: 1n }
  return { object, owner, nodeKey: object.slice(2), profile: testProfile, renewed, ...about }
}

/** A ledger that answers these pages and knows these records. */
function ledger(pages: readonly string[][], records: readonly RegisteredNode[], isEndless = false) {
  const asked: (string | undefined)[] = []
  const events = ({ cursor, sender }: Parameters<NodeRegistry['events']>[0]): Promise<RegistryPage> => {
    asked.push(sender)
    const at = Number(cursor ?? 0)
    const found = (pages[at] ?? []).map((object) => ({ kind: 'renewed', object, epoch: 1n }) as const)
    const more = isEndless || at + 1 < pages.length
    return Promise.resolve({ events: found, cursor: String(at + 1), newest: undefined, more })
  }
  const known = (objects: readonly string[]) =>
    Promise.resolve(records.filter(({ object }) => objects.includes(object)))
  return { asked, registry: { events, records: known } as unknown as NodeRegistry }
}

it('finds each record of the account once, over pages that name others or nothing, the one renewed last first', async () => {
  const records = [record('0xa', OWNER, 3n), record('0xb', OWNER, 7n), record('0xc', `0x${'2'.repeat(64)}`, 9n)]
  const { registry, asked } = ledger([['0xa', '0xa'], [], ['0xc', '0xgone'], ['0xb', '0xa']], records)
  expect((await ownRecords(registry, OWNER)).map(({ object }) => object)).toEqual(['0xb', '0xa'])
  expect(asked).toEqual([OWNER, OWNER, OWNER, OWNER])
})

it('a ledger whose pages have no end keeps nobody for ever', async () => {
  const { registry, asked } = ledger([['0xa']], [record('0xa', OWNER, 1n)], true)
  expect(await ownRecords(registry, OWNER)).toHaveLength(1)
  expect(asked.length).toBeLessThanOrEqual(2_000)
})
