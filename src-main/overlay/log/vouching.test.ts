import { expect, it } from 'vitest'
import { Secret, systemRandom, toHex } from '../../base/index.ts'
import { signingKeyFromSeed } from '../../crypto/index.ts'
import { SectorMap } from '../sector/map.ts'
import { encodeMembers } from './core/founding.ts'
import { SUCCESSOR, type View } from './core/types.ts'
import { MemoryTables } from './testing/memory.ts'
import { signFounding, Vouching } from './vouching.ts'

const GROUP = `0x${'67'.repeat(32)}`
const OWNER = `0x${'0e'.repeat(32)}`
const [SELF = '', LIAR = '', HONEST = '', THIRD = ''] = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(64))
const GONE = signingKeyFromSeed(new Secret(systemRandom.bytes(32)))

/** A node that asks others about logs; `knowing` are those that know of this one. */
function vouching(onMap: readonly string[], knowing: readonly string[]) {
  const map = new SectorMap(() => [new Uint8Array(32)])
  for (const nodeKey of onMap) map.set({ nodeKey, endpoints: [], fingerprint: nodeKey, object: null })
  const view: View = {
    ...{ number: 5, after: 4, members: [SELF, LIAR, HONEST], previous: [LIAR] },
    ...{ ...signFounding(GONE, GROUP, OWNER), floor: 0, used: 0 },
  }
  const ask = (node: string) => {
    if (!map.has(node)) return Promise.reject(new Error('not on the map'))
    return Promise.resolve(
      knowing.includes(node) ? { kind: 'view' as const, view, held: true } : { kind: 'unknown' as const },
    )
  }
  const tables = new MemoryTables()
  return { view, tables, vouches: new Vouching({ self: SELF, rows: tables, map, ask }) }
}
const REFUSED = { code: 'unauthorized' }

it('a log whose founding node has left is taken where a second node knows of it, and not on the word of one', async () => {
  const all = [SELF, LIAR, HONEST, THIRD]
  const lie = vouching(all, [LIAR])
  const adopt = { kind: 'adopt', view: lie.view } as const
  await expect(lie.vouches.requireAsk(LIAR, GROUP, adopt)).rejects.toMatchObject(REFUSED)
  const answer = { kind: 'view', view: lie.view, held: true } as const
  await expect(lie.vouches.requireAnswer(LIAR, GROUP, { kind: 'find' }, answer)).rejects.toMatchObject(REFUSED)
  await vouching(all, [LIAR, HONEST]).vouches.requireAsk(LIAR, GROUP, adopt)
  await vouching([...all, toHex(GONE.publicKey)], []).vouches.requireAsk(LIAR, GROUP, adopt)
  // Of two nodes each has the other's word only.
  await vouching([SELF, LIAR], []).vouches.requireAsk(LIAR, GROUP, adopt)
  // Of a log that it has heard of, it takes later views from members as ever.
  lie.tables.putRow(GROUP, { ...lie.view, number: 1, after: 0, held: 1, sealed: false })
  await lie.vouches.requireAsk(LIAR, GROUP, adopt)
})

it('a founding is voted for, and gone on with, only where a node on the map has signed it', async () => {
  const { vouches, tables } = vouching([SELF, LIAR, HONEST], [LIAR, HONEST])
  const ask = { kind: 'prepare', view: 0, epoch: SUCCESSOR, ballot: 1 } as const
  const members = [SELF, LIAR, HONEST]
  const value = encodeMembers({ members, ...signFounding(GONE, GROUP, OWNER), floor: 0 })
  await expect(vouches.requireAsk(LIAR, GROUP, { ...ask, kind: 'accept', value })).rejects.toMatchObject(REFUSED)
  const accepted = { view: 0, ballot: 1, value }
  await expect(vouches.requireAnswer(LIAR, GROUP, ask, { kind: 'promised', accepted })).rejects.toMatchObject(REFUSED)
  await vouches.requireAnswer(LIAR, GROUP, ask, { kind: 'promised', accepted: undefined })
  // What it voted for before that node left is finished.
  const never = { promisedView: 0, promised: 1, acceptedView: 0, accepted: 1 }
  tables.putSlot(GROUP, { epoch: SUCCESSOR, ...never, value, decided: false })
  await vouches.requireAnswer(LIAR, GROUP, ask, { kind: 'promised', accepted })
})
