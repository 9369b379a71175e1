import type { IotaClient } from '@iota/iota-sdk/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type SdkLedger, startSdk } from './testing/index.ts'

let ledger: SdkLedger
let client: IotaClient
beforeAll(async () => {
  ledger = await startSdk()
  client = ledger.client
})
afterAll(() => ledger.stop())

const REFUSED = { code: -32601, message: expect.stringMatching(/not supported by this devnet/) }

test('an object that every network has is not called missing', async () => {
  for (const id of ['0x1', '0x2', '0x3', '0x5'])
    await expect(client.getObject({ id }), id).rejects.toMatchObject(REFUSED)
  await expect(client.tryGetPastObject({ id: '0x2', version: 1 })).rejects.toMatchObject(REFUSED)
  expect(await client.getObject({ id: '0x6' })).toHaveProperty('data')
  expect(await client.getObject({ id: '0x77' })).toHaveProperty('error.code', 'notExists')
})

test('of the framework only functions and structs that are here are shown', async () => {
  const coin = { package: '0x2', module: 'coin' }
  await expect(client.getNormalizedMoveModulesByPackage({ package: '0x2' })).rejects.toMatchObject(REFUSED)
  await expect(client.getNormalizedMoveModule(coin)).rejects.toMatchObject(REFUSED)
  await expect(client.getNormalizedMoveModule({ package: '0x2', module: 'package' })).rejects.toMatchObject(REFUSED)
  await expect(client.getNormalizedMoveFunction({ ...coin, function: 'nothing' })).rejects.toMatchObject(REFUSED)
  await expect(client.getNormalizedMoveStruct({ ...coin, struct: 'Nothing' })).rejects.toMatchObject(REFUSED)
  expect(await client.getNormalizedMoveFunction({ ...coin, function: 'value' })).toHaveProperty('parameters')
})
