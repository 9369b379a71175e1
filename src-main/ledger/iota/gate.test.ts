import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../base/index.ts'
import type { LedgerGate } from '../gate.ts'
import { newPerson, type Person, type RunningLedger, startFakeLedger, startLedger } from '../testing/index.ts'
import { createLedgerGate } from './gate.ts'

let local: RunningLedger
let gate: LedgerGate
let person: Person

beforeAll(async () => {
  local = await startLedger()
  gate = createLedgerGate({ url: local.rpc, clock: systemClock })
  person = newPerson()
  await local.ledger.faucet(person.address)
})
afterAll(async () => {
  gate.close()
  await local.stop()
})

describe('a gate to the ledger', () => {
  test('passes on what is on its list, and the ledger’s own refusals', async () => {
    expect(await gate.ask('iotax_getBalance', [person.address])).toMatchObject({
      result: { totalBalance: expect.any(String) },
    })
    const digest = '4uQeVj5tqViQh7yWWGStvkEG1Zmhx6uasJtWCJziofM1'
    expect(await gate.ask('iota_getTransactionBlock', [digest, {}])).toMatchObject({
      error: { code: expect.any(Number) },
    })
  })

  test('asks nothing else: other methods, filters that search, more entries than a page', async () => {
    for (const method of ['iota_executeTransactionBlock', 'unsafe_pay', 'toString', '__proto__'])
      await expect(gate.ask(method, [])).rejects.toMatchObject({ code: 'not_supported' })
    const page = (filter: object, limit: number) => [{ filter, options: {} }, null, limit, true]
    for (const [method, params] of [
      ['iotax_getBalance', ['nonsense']],
      ['iotax_getBalance', { owner: person.address }],
      ['iotax_queryTransactionBlocks', page({ FromAddress: person.address }, 1_000)],
      ['iotax_queryTransactionBlocks', page({ MoveFunction: { package: '0x2' } }, 50)],
      ['iotax_queryEvents', [{ All: [] }, null, 50, true]],
      ['iota_multiGetObjects', [Array.from({ length: 51 }, () => '0x2'), {}]],
    ] as const)
      await expect(gate.ask(method, params)).rejects.toMatchObject({ code: 'invalid_params' })
  })

  test('says what an address gains by a transaction, before it is sent', async () => {
    const to = newPerson().address
    const { bytes } = await local.ledger.prepareTransfer({ from: person.address, to, nanos: 500n })
    expect(await gate.gain(bytes, to)).toBe(500n)
    expect(await gate.gain(bytes, newPerson().address)).toBe(0n)
    expect(await gate.gain(bytes.subarray(0, 40), to)).toBeUndefined()
  })

  test('gives nothing on that is no answer', async () => {
    const fake = await startFakeLedger((_method, _params, response) => void response.end('{"jsonrpc":"2.0"}'))
    const other = createLedgerGate({ url: fake.url, clock: systemClock })
    await expect(other.ask('iotax_getReferenceGasPrice', [])).rejects.toMatchObject({ code: 'ledger_unreachable' })
    other.close()
    await fake.stop()
  })
})
