import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { silentLog, systemClock } from '../../base/index.ts'
import { LOCAL_PACKAGE } from '../packages.ts'
import { createDevnet, verifyDevnet } from './create-devnet.ts'

let folder: string
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'parley-genesis-'))))
afterEach(() => rm(folder, { recursive: true }))

const open = (withPackage?: boolean) =>
  createDevnet({
    dataDir: folder,
    port: 0,
    listen: '127.0.0.1',
    clock: systemClock,
    log: silentLog,
    ...(withPackage === undefined ? {} : { withPackage }),
  })

async function modulesAt(rpc: string): Promise<string[] | undefined> {
  const request = { jsonrpc: '2.0', id: 1, method: 'iota_getNormalizedMoveModulesByPackage', params: [LOCAL_PACKAGE] }
  const response = await fetch(rpc, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  })
  const { result } = (await response.json()) as { result?: object }
  return result && Object.keys(result)
}

test('a local ledger begins with the package at one id, keeps it over restarts and can be executed again', async () => {
  for (let run = 0; run < 2; run++) {
    const devnet = open()
    const { rpc } = await devnet.start()
    expect(await modulesAt(rpc)).toEqual(['channel', 'registry'])
    await devnet.stop()
  }
  expect(await verifyDevnet(folder)).toMatchObject({ transactions: 0 })
})

test('a ledger that was begun without the package stays without it', async () => {
  const without = open(false)
  expect(await modulesAt((await without.start()).rpc)).toBeUndefined()
  await without.stop()
  const again = open()
  expect(await modulesAt((await again.start()).rpc)).toBeUndefined()
  await again.stop()
  expect(await verifyDevnet(folder)).toMatchObject({ transactions: 0 })
})

test('a genesis file whose modules are no bytecode is refused and stays as it is', async () => {
  const devnet = open()
  await devnet.start()
  await devnet.stop()
  const path = join(folder, 'genesis.json')
  const genesis = JSON.parse(await readFile(path, 'utf8')) as { modules: unknown }
  const damaged = JSON.stringify({ ...genesis, modules: ['%%%'] })
  await writeFile(path, damaged)
  await expect(open().start()).rejects.toMatchObject({ code: 'storage_damaged' })
  expect(await readFile(path, 'utf8')).toBe(damaged)
})
