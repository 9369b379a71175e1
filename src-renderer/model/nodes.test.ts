import { expect, test } from 'vitest'
import {
  canAddCredit,
  canEndCredit,
  creditLeft,
  feesOf,
  megabytesFor,
  nodeName,
  openCredits,
  type NodeCredit,
  type NodeUsage,
  relayNodes,
  suggestedDeposit,
} from './nodes.ts'

const usage = (endpoint: string, more: Partial<NodeUsage> = {}): NodeUsage => ({
  endpoint,
  nodeId: 'a'.repeat(64),
  home: true,
  source: 'given',
  traffic: { sent: 0, received: 0 },
  ...more,
})
const credit = (deposited: bigint, paid: bigint, unpaid: bigint, state: NodeCredit['state'] = 'open') =>
  ({ channelId: '0xc', state, deposited, paid, unpaid }) as const
const prices = { relayedMb: 5n, storedMbDay: 0n, forwardedTransaction: 0n }

test('links and usage of one node are one row, whatever fingerprint its endpoint carries; home nodes come first', () => {
  const links = [
    { endpoint: 'wss://b.example:1#f00d', state: 'connected', home: false },
    { endpoint: 'wss://a.example:1#beef', state: 'waiting', home: true },
  ] as const
  const rows = relayNodes(
    links,
    [usage('wss://a.example:1'), usage('wss://c.example:1#1')],
    [
      { address: 'wss://d.example:1#d', atStart: true },
      { address: 'wss://b.example:1#f00d', atStart: false },
    ],
  )
  expect(rows.map(({ endpoint, link, usage }) => [endpoint, link?.state, usage !== undefined])).toEqual([
    ['wss://a.example:1', 'waiting', true],
    ['wss://c.example:1', undefined, true],
    ['wss://b.example:1', 'connected', false],
    ['wss://d.example:1', undefined, false],
  ])
  expect(rows.map(({ given }) => given?.atStart)).toEqual([undefined, undefined, false, true])
})

test('a node is called by its host and port, and by what it is given where that is no URL', () => {
  expect(nodeName('wss://relay.example:4433')).toBe('relay.example:4433')
  expect(nodeName('relay')).toBe('relay')
  expect(nodeName('0123456789abcdef'.repeat(4))).toBe('01234567…')
})

test('what is left of a credit is neither promised nor used, and never below nothing', () => {
  expect(creditLeft(credit(100n, 30n, 20n))).toBe(50n)
  expect(creditLeft(credit(100n, 100n, 20n))).toBe(0n)
  // It is owed from the next credit.
  for (const state of ['closing', 'closed', 'elsewhere'] as const)
    expect(creditLeft(credit(100n, 30n, 20n, state))).toBe(70n)
})

test('credit is added where a node takes any, and not while its channel opens or ends', () => {
  expect(canAddCredit(usage('a'))).toBe(false)
  expect(canAddCredit(usage('a', { prices: { ...prices, relayedMb: 0n } }))).toBe(false)
  expect(canAddCredit(usage('a', { prices }))).toBe(true)
  expect(canAddCredit(usage('a', { source: 'gone', credit: credit(9n, 1n, 0n) }))).toBe(false)
  expect(canAddCredit(usage('a', { asks: 1n }))).toBe(true)
  expect(canAddCredit(usage('a', { prices, credit: credit(1n, 0n, 0n, 'opening') }))).toBe(false)
  expect(canAddCredit(usage('a', { prices, credit: credit(1n, 0n, 0n, 'closing') }))).toBe(true)
  const { nodeId: _unknown, ...nameless } = usage('a', { prices })
  expect(canAddCredit(nameless)).toBe(false)
})

test('fees are summed over all nodes, without credits that have ended', () => {
  const nodes = [
    usage('a', { credit: credit(100n, 30n, 20n), asks: 7n }),
    usage('b', { credit: credit(100n, 0n, 0n, 'closed') }),
    usage('c', { asks: 3n }),
  ]
  expect(feesOf(nodes)).toEqual({ left: 50n, unpaid: 20n, asked: 10n })
})

test('of each credit that has not ended the share that is left is known', () => {
  const nodes = [
    usage('wss://a.example:1', { credit: credit(100n, 30n, 20n) }),
    usage('b', { credit: credit(100n, 0n, 0n, 'closed') }),
    usage('c', { credit: credit(0n, 0n, 0n, 'opening') }),
    usage('d'),
    usage('e', { credit: credit(10n ** 30n, 11n * 10n ** 29n, 0n, 'elsewhere') }),
  ]
  expect(openCredits(nodes).map(({ node, share }) => [node, share])).toEqual([
    ['a.example:1', 0.5],
    ['e', 0],
  ])
})

test('a deposit begins with enough for a while, and never with less than the node asks', () => {
  const paid = { ...prices, storedMbDay: 1n }
  expect(suggestedDeposit(usage('a', { prices: paid, asks: 10n }))).toBe(300n)
  expect(suggestedDeposit(usage('a', { prices: paid, asks: 900n }))).toBe(900n)
  expect(suggestedDeposit(usage('a'))).toBe(0n)
  expect(megabytesFor(usage('a', { prices: paid }), 905n)).toBe(150n)
  expect(megabytesFor(usage('a', { prices: paid }), 5n)).toBe(0n)
  expect(megabytesFor(usage('a'), 5n)).toBeUndefined()
})

test('a credit is ended while it is open, also that of another device, by whoever knows whose it is', () => {
  const at = (state: Parameters<typeof credit>[3]) => usage('a', { credit: credit(1n, 0n, 0n, state) })
  expect(
    (['opening', 'open', 'closing', 'closed', 'elsewhere'] as const).filter((state) => canEndCredit(at(state))),
  ).toEqual(['open', 'elsewhere'])
  expect(canEndCredit(usage('a'))).toBe(false)
  const { nodeId: _, ...nameless } = at('open')
  expect(canEndCredit(nameless)).toBe(false)
})
