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
    for (const body of ['[]', 'null', '{"method":1}', '{"jsonrpc":"1.0","id":1,"method":"x"}', '"x"'])
      expect((await post(body)).body.error?.code).toBe(-32600)
    expect((await post('{"jsonrpc":"2.0","id":1,"method":"iota_getObject","params":{"id":1}}')).body.error?.code).toBe(
      -32600,
    )
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
    ['iota_getChainIdentifier', [1]],
  ]
  for (const [method, params] of wrong)
    test(`${method} ${JSON.stringify(params).slice(0, 60)} has invalid parameters`, async () => {
      expect(await codeOf(method, params)).toBe(-32602)
    })

  test('a filter of real nodes alone is not supported', async () => {
    const filter = { MoveFunction: { package: '0x2', module: null, function: null } }
    expect(await codeOf('iotax_queryTransactionBlocks', [{ filter }])).toBe(-32601)
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
