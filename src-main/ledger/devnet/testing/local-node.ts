import { type Clock, silentLog, systemClock } from '../../../base/index.ts'
import { newPerson, type Person } from '../../testing/index.ts'
import { Chain } from '../chain.ts'
import type { GenesisTerms } from '../genesis.ts'
import { createMoveMachine } from '../move/index.ts'
import { LocalNode, type NodeOptions } from '../node.ts'
import { coinValue, isCoin, type LedgerObject } from '../objects/index.ts'
import { LedgerDatabase } from '../storage/index.ts'

/** A node without a server, and whoever has all its tokens. */
export interface TestNode {
  node: LocalNode
  database: LedgerDatabase
  terms: GenesisTerms
  rich: Person
}

/** A ledger in memory, or in a file that can be opened again. */
export function testNode(
  options: Partial<NodeOptions> & { path?: string; rich?: Person; clock?: Clock } = {},
): TestNode {
  const { path, rich = newPerson(), clock = systemClock, ...others } = options
  const database = new LedgerDatabase(path)
  const terms = { richAddress: rich.address, time: 0 }
  const chain = new Chain(terms, database, createMoveMachine())
  return {
    node: new LocalNode(chain, database, { clock, log: silentLog, epochMs: Infinity, ...others }),
    database,
    terms,
    rich,
  }
}

/** IOTA coins of an address as a transaction names them. */
export function coinsOf(node: LocalNode, { address }: { address: string }) {
  return node.chain.objects
    .ownedBy(address)
    .filter(isCoin)
    .map((coin) => ({ ...referenceTo(coin), balance: coinValue(coin) }))
}

export function referenceTo({ id, version, digest }: LedgerObject) {
  return { objectId: id, version: version.toString(), digest }
}

/** A repeatable choice, so that a failure can be seen again. */
export function sequence(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
