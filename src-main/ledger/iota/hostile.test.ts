import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { silentLog, systemClock } from '../../base/index.ts'
import type { Ledger } from '../port.ts'
import { type FakeLedger, newPerson, startFakeLedger } from '../testing/index.ts'
import { createIotaLedger } from './index.ts'

let fake: FakeLedger | undefined
let ledger: Ledger | undefined
afterEach(async () => {
  ledger?.close()
  await fake?.stop()
})

const UNREACHABLE = { code: 'ledger_unreachable' }
const { address } = newPerson()

async function against(
  answer: (method: string, params: unknown[], response: ServerResponse) => unknown,
): Promise<Ledger> {
  fake = await startFakeLedger(answer)
  ledger = createIotaLedger({ url: fake.url, clock: systemClock, log: silentLog, timeoutMs: 500 })
  return ledger
}

describe('a ledger that cannot be reached', () => {
  test('is said within the deadline, when nobody listens and when nobody answers', async () => {
    const nobody = createIotaLedger({ url: 'http://127.0.0.1:1', clock: systemClock, log: silentLog })
    await expect(nobody.balance(address)).rejects.toMatchObject(UNREACHABLE)
    const silent = await against(() => undefined)
    const started = performance.now()
    await expect(silent.balance(address)).rejects.toMatchObject(UNREACHABLE)
    expect(performance.now() - started).toBeLessThan(10_000)
  })

  test('ends what is under way on close, and takes nothing after', async () => {
    const silent = await against(() => undefined)
    const waiting = silent.chain()
    silent.close()
    await expect(waiting).rejects.toMatchObject(UNREACHABLE)
    await expect(silent.chain()).rejects.toMatchObject(UNREACHABLE)
  })
})

describe('a hostile ledger', () => {
  const bodies: [string, string][] = [
    ['no JSON', '<html>'],
    ['an array', '[]'],
    ['null', 'null'],
    ['neither result nor error', '{"jsonrpc":"2.0","id":1}'],
    ['an error without code', '{"error":{"message":"x"}}'],
    ['half an answer', '{"result":{"totalBalance":"1"'],
  ]
  for (const [name, body] of bodies)
    test(`that answers ${name} is as good as not reached`, async () => {
      const hostile = await against((_method, _params, response) => void response.end(body))
      await expect(hostile.balance(address)).rejects.toMatchObject(UNREACHABLE)
    })

  for (const totalBalance of ['-1', '1e9', 1.5, '9'.repeat(40), null, {}])
    test(`with the balance ${JSON.stringify(totalBalance)} is not believed`, async () => {
      const hostile = await against(() => ({ totalBalance }))
      await expect(hostile.balance(address)).rejects.toMatchObject(UNREACHABLE)
    })

  test('cannot fill the memory', async () => {
    const hostile = await against((_method, _params, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(1 << 20, ' ')));
        response.once('drain', more)
      }
      more()
      return undefined
    })
    await expect(hostile.balance(address)).rejects.toMatchObject(UNREACHABLE)
  })

  test('cannot keep us in pages of coins for ever', async () => {
    const page = { data: [], nextCursor: 'again', hasNextPage: true }
    const hostile = await against((method) => (method === 'iotax_getCoins' ? page : '1000'))
    const request = { from: address, to: address, nanos: 1n }
    await expect(hostile.prepareTransfer(request)).rejects.toMatchObject(UNREACHABLE)
    expect(fake?.asked.length).toBeLessThan(5)
  })

  test('cannot claim another transaction for ours', async () => {
    const digest = 'AYnxtWCgn5SCwhV5ajtUPsKkhiRV471CeWMutJELKRyZ'
    const gasUsed = { computationCost: '1', storageCost: '1', storageRebate: '1', nonRefundableStorageFee: '0' }
    const hostile = await against((method) => {
      const entry = { digest, effects: { status: { status: 'success' }, gasUsed } }
      return method === 'iota_multiGetTransactionBlocks' ? [entry] : entry
    })
    const person = newPerson()
    const transfer = { bytes: new Uint8Array(100), digest: '', fee: { burned: 0n, deposit: 0n, relay: 0n } }
    await expect(person.submit(hostile, { ...transfer, nanos: 0n, total: 0n, coins: [] })).rejects.toMatchObject(
      UNREACHABLE,
    )
    expect(await hostile.outcome('1'.repeat(32))).toBeUndefined()
  })

  test('cannot send our request elsewhere by a redirect', async () => {
    const hostile = await against((_method, _params, response) => {
      response.writeHead(307, { location: 'http://192.0.2.1/' }).end()
    })
    await expect(hostile.balance(address)).rejects.toMatchObject(UNREACHABLE)
  })
})

test('only a ledger on this machine, or a named faucet, is asked for tokens', async () => {
  const real = createIotaLedger({ url: 'https://ledger.invalid', clock: systemClock, log: silentLog })
  await expect(real.faucet(address)).rejects.toMatchObject({ code: 'not_supported' })
  expect(() => createIotaLedger({ url: 'file:///x', clock: systemClock, log: silentLog })).toThrow(/http/)
})
