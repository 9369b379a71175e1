import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newPerson, type RunningLedger, startLedger } from '../testing/index.ts'

let running: RunningLedger
beforeAll(async () => {
  running = await startLedger()
})
afterAll(() => running.stop())

interface HttpAnswer {
  status: number
  body: { error?: { code: number; message: string }; result?: unknown }
}

/** Own request, because `fetch` refuses to send a wrong Host. */
function post(body: string, headers: Record<string, string> = {}, path = '/'): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', headers: { 'content-type': 'application/json', ...headers } }
    const request = httpRequest(new URL(path, running.rpc), options, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) })
      })
      response.on('error', reject)
    })
    request.on('error', reject)
    request.end(body)
  })
}

async function codeOf(method: string, params: unknown): Promise<number | undefined> {
  return (await post(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))).body.error?.code
}

describe('hostile requests', () => {
  test('malformed JSON and malformed requests have their codes', async () => {
    expect((await post('{')).body.error?.code).toBe(-32700)
    for (const body of ['null', '{"method":1}', '{"jsonrpc":"1.0","id":1,"method":"x"}', '"x"'])
      expect((await post(body)).body.error?.code).toBe(-32600)
  })

  test('a request that is wrong otherwise is answered under its id', async () => {
    const { body } = await post('{"jsonrpc":"2.0","id":"seven","method":5}')
    expect(body).toMatchObject({ id: 'seven', error: { code: -32600 } })
  })

  test('batches are refused as nodes refuse them, and parameters by name as wrong ones', async () => {
    const one = '{"jsonrpc":"2.0","id":1,"method":"iota_getChainIdentifier"}'
    for (const body of ['[]', `[${one}]`, `[${Array(2000).fill(one).join()}]`])
      expect((await post(body)).body).toMatchObject({ id: null, error: { code: -32005 } })
    expect(await codeOf('iota_getObject', { id: 1 })).toBe(-32602)
  })

  test('an unknown method is not supported', async () => {
    for (const method of ['iota_nothing', '__proto__', 'constructor', 'toString'])
      expect(await codeOf(method, [])).toBe(-32601)
  })

  const wrong: [string, unknown[]][] = [
    ['iotax_getCoins', []],
    ['iotax_getCoins', [5]],
    ['iotax_getCoins', ['0xzz']],
    ['iotax_getCoins', ['0x1', null, {}]],
    ['iotax_getCoins', ['0x1', null, null, -1]],
    ['iota_getObject', ['0x1', 'all']],
    ['iota_multiGetObjects', [Array(51).fill('0x1')]],
    ['iota_getTransactionBlock', ['not a digest']],
    ['iota_getTransactionBlock', ['1'.repeat(32)]],
    ['iota_executeTransactionBlock', ['AAAA', ['AAAA']]],
    ['iota_executeTransactionBlock', ['%%%', []]],
    ['iota_dryRunTransactionBlock', [{}]],
    ['iota_getCheckpoint', ['99999']],
    ['iota_getCheckpoints', ['-1']],
    ['iotax_queryTransactionBlocks', [{ filter: { FromAddress: 7 } }]],
    ['iotax_queryTransactionBlocks', [{}, '1'.repeat(32)]],
    ['iotax_queryTransactionBlocks', [{ filter: { Nonsense: '0x1' } }]],
    ['iotax_queryTransactionBlocks', [{ filter: { FromAddress: '0x1', ToAddress: '0x1' } }]],
    ['iotax_queryTransactionBlocks', [{ filter: { TransactionKind: 'Magic' } }]],
    ['iotax_queryTransactionBlocks', [{ filter: { MoveFunction: { package: '0x2', function: 'f' } } }]],
    ['iotax_queryTransactionBlocks', [{ filter: 'FromAddress' }]],
    ['iotax_queryEvents', [null]],
    ['iotax_queryEvents', [{ __proto__: null, constructor: 1 }]],
    ['iotax_queryEvents', [{ TimeRange: { startTime: 'x', endTime: '1' } }]],
    ['iotax_queryEvents', [{ MoveEventType: 'no type' }]],
    ['iotax_queryEvents', [{ Sender: '0x1' }, { txDigest: '1'.repeat(32), eventSeq: '0' }]],
    ['iotax_queryEvents', [{ Sender: '0x1' }, 'cursor']],
    ['iotax_getOwnedObjects', ['0x1', { filter: { toString: 1 } }]],
    ['iotax_getOwnedObjects', ['0x1', { filter: { StructType: 'x'.repeat(9000) } }]],
    ['iotax_getOwnedObjects', ['0x1', { filter: { ObjectIds: Array(60).fill('0x1') } }]],
    ['iotax_getCoins', ['0x1', 'zz::a::b']],
    ['iotax_getCoins', ['0x1', '0x2::iota']],
    ['iotax_getCoins', ['0x1', null, 'not an id']],
    ['iotax_getTotalSupply', ['0x5::gold::GOLD']],
    ['iota_multiGetObjects', [['0x1', '0x01']]],
    ['iota_tryGetPastObject', ['0x1', -1]],
    ['iota_tryGetPastObject', ['0x1', '99999999999999999999']],
    ['iota_tryMultiGetPastObjects', [Array(51).fill({ objectId: '0x1', version: '1' })]],
    ['iota_executeTransactionBlock', ['AAAA', ['AAAA'], null, 'Whenever']],
    ['iota_getProtocolConfig', ['99']],
    ['iotax_getCommitteeInfo', ['99']],
    ['iota_getChainIdentifier', [1]],
  ]
  for (const [method, params] of wrong)
    test(`${method} ${JSON.stringify(params).slice(0, 60)} has invalid parameters`, async () => {
      expect(await codeOf(method, params)).toBe(-32602)
    })

  test('a filter that nests without end, or is as wide as the body, is refused at once', async () => {
    const deep = (depth: number): object => (depth === 0 ? { Sender: '0x1' } : { All: [deep(depth - 1)] })
    expect(await codeOf('iotax_queryEvents', [deep(2000)])).toBe(-32602)
    expect(await codeOf('iotax_queryEvents', [{ Any: Array(5000).fill({ Sender: '0x1' }) }])).toBe(-32602)
    const objects = (depth: number): object => (depth === 0 ? { Package: '0x1' } : { MatchAny: [objects(depth - 1)] })
    expect(await codeOf('iotax_getOwnedObjects', ['0x1', { filter: objects(2000) }])).toBe(-32602)
  })

  test('a huge body is refused, and the ledger lives on', async () => {
    const answer = post('x'.repeat(3_000_000)).catch((error: unknown) => error)
    const result = await answer
    if (!(result instanceof Error)) expect(result).toMatchObject({ status: 413 })
    expect(await running.ledger.chain()).toBe(running.chain)
  })

  test('deep nesting and random bytes do no harm', async () => {
    await post('['.repeat(100_000))
    for (let count = 0; count < 200; count++)
      await post(Buffer.from(crypto.getRandomValues(new Uint8Array(64))).toString('latin1'))
    expect(await running.ledger.chain()).toBe(running.chain)
  })
})

describe('a web page', () => {
  const body = '{"jsonrpc":"2.0","id":1,"method":"iota_getChainIdentifier"}'
  test('cannot reach the ledger by a name that points here, from its own origin, or with a form', async () => {
    expect((await post(body, { host: 'evil.example' })).status).toBe(403)
    expect((await post(body, { origin: 'https://evil.example' })).status).toBe(403)
    expect((await post(body, { 'content-type': 'text/plain' })).status).toBe(415)
    expect((await post(body)).status).toBe(200)
  })
})

test('the faucet limits requests, and refuses what is no address', async () => {
  const ask = (recipient: unknown) => post(JSON.stringify({ FixedAmountRequest: { recipient } }), {}, '/gas')
  expect((await ask('0x12')).status).toBe(400)
  const { address } = newPerson()
  const answers = []
  for (let count = 0; count < 35; count++) answers.push((await ask(address)).status)
  expect(answers.filter((status) => status === 201)).toHaveLength(30)
  expect(answers.at(-1)).toBe(429)
  expect(await running.ledger.balance(address)).toBe(30n * 50_000_000_000n)
})
