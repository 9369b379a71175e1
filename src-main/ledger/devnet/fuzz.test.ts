import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentLog } from '../../base/index.ts'
import { dispatch } from './rpc/index.ts'
import { build, publishParley, register, run, sequence, signatureOf, testNode } from './testing/index.ts'

/** Answers that are right for nonsense; never a fault of the ledger (-32603), and no silence. */
const CODES = [-32600, -32601, -32602, -32002]
const TRIES_PER_METHOD = 150

const { node, database, rich } = testNode()
const choose = sequence(11)
const known: unknown[] = []
let methods: string[]
beforeAll(async () => {
  const packageId = await publishParley(node, rich)
  const { transaction, execution } = await register(node, rich, packageId)
  const bytes = await build(node, rich, (each) => each.transferObjects([each.gas], rich.address))
  known.push(rich.address, packageId, transaction.digest, Buffer.from(bytes).toString('base64'))
  known.push(signatureOf(rich, bytes), ...execution.changes.map(({ id }) => id), 'registry', 'register')
  const answer = (await ask('rpc.discover', [])) as { result: { methods: { name: string }[] } }
  methods = answer.result.methods.map(({ name }) => name)
})
afterAll(() => database.close())

function ask(method: string, params: unknown): Promise<object> {
  return dispatch(node, JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }), silentLog)
}

const plain: unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 53,
  1e300,
  '',
  '0',
  '-1',
  '18446744073709551615',
  '18446744073709551616',
  '0x',
  '0x0',
  '0x2::iota::IOTA',
  '0x2::coin::Coin<0x2::iota::IOTA>',
  '<<<>>>',
  '\u0000\ud800',
  'x'.repeat(5000),
  'AAAA',
  '1'.repeat(32),
  [],
  {},
]
const names = [
  'filter',
  'options',
  'showContent',
  'showInput',
  'showEvents',
  'showBcs',
  'FromAddress',
  'ChangedObject',
  'MoveFunction',
  'TransactionKindIn',
  'package',
  'module',
  'All',
  'Any',
  'MoveEventType',
  'MoveEventField',
  'TimeRange',
  'path',
  'value',
  'StructType',
  'MatchAll',
  'Version',
  'objectId',
  'version',
  'txDigest',
  'eventSeq',
  'type',
  '__proto__',
  'constructor',
]

function pick<T>(list: readonly T[]): T | undefined {
  return list[choose(list.length)]
}

function anything(depth: number): unknown {
  switch (choose(depth > 0 ? 5 : 3)) {
    case 0:
      return pick(plain)
    case 1:
    case 2:
      return pick(known)
    case 3:
      return Array.from({ length: choose(4) }, () => anything(depth - 1))
    default:
      return Object.fromEntries(Array.from({ length: choose(4) }, () => [pick(names), anything(depth - 1)]))
  }
}

test('no parameters whatever are a fault of the ledger, or change it unsigned', async () => {
  const height = node.chain.height
  for (const method of methods)
    for (let count = 0; count < TRIES_PER_METHOD; count++) {
      const params = Array.from({ length: choose(5) }, () => anything(3))
      const answer = (await ask(method, params)) as { error?: { code: number; message: string }; result?: unknown }
      const shown = `${method} ${JSON.stringify(params).slice(0, 400)} ${answer.error?.message}`
      if (answer.error) expect(CODES, shown).toContain(answer.error.code)
      else expect(answer, shown).toHaveProperty('result')
      expect(() => JSON.stringify(answer), shown).not.toThrow()
    }
  // Among the known texts are one transaction and its signature.
  expect(node.chain.height).toBeLessThanOrEqual(height + 1)
})

test('a transaction with any byte changed is refused or fails, and is no fault of the ledger', async () => {
  const bytes = await build(node, rich, (each) => {
    const [coin] = each.splitCoins(each.gas, [5])
    each.transferObjects([coin ?? ''], rich.address)
  })
  for (let count = 0; count < 400; count++) {
    const changed = Uint8Array.from(bytes)
    changed[choose(bytes.length)] = choose(256)
    const text = Buffer.from(changed).toString('base64')
    for (const [method, params] of [
      ['iota_dryRunTransactionBlock', [text]],
      ['iota_devInspectTransactionBlock', [rich.address, text]],
      ['iota_executeTransactionBlock', [text, [signatureOf(rich, changed)]]],
    ] as const) {
      const answer = (await ask(method, params)) as { error?: { code: number; message: string } }
      if (answer.error) expect(CODES, `${method} ${text} ${answer.error.message}`).toContain(answer.error.code)
    }
  }
  expect((await run(node, rich, (each) => each.transferObjects([each.gas], rich.address))).execution.status).toEqual({
    success: true,
  })
})
