import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SecretText, silentLog, systemClock, systemRandom } from '../../base/index.ts'
import { createKeyring } from '../../keys/index.ts'
import { createDevnet, createIotaLedger, type Devnet } from '../../ledger/index.ts'
import { runCli } from './cli.ts'

const PASSPHRASE = 'correct horse battery staple'
const profile = mkdtempSync(join(tmpdir(), 'parley-publish-'))
let devnet: Devnet
let url: string

beforeAll(async () => {
  devnet = createDevnet({ port: 0, listen: '127.0.0.1', clock: systemClock, log: silentLog })
  url = (await devnet.start()).rpc
  const keyring = createKeyring({
    profile,
    keystore: 'vault',
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
  })
  const { identity } = await keyring.create('Alice', new SecretText(PASSPHRASE))
  const ledger = createIotaLedger({ url, clock: systemClock, log: silentLog })
  await ledger.faucet(identity.address)
  ledger.close()
  keyring.lock()
})

afterAll(async () => {
  await devnet.stop()
  rmSync(profile, { recursive: true })
})

async function publish(...more: string[]): Promise<{ code: number; printed: string[]; said: string[] }> {
  const printed: string[] = []
  const said: string[] = []
  const code = await runCli(['publish', '--ledger', url, '--profile', profile, ...more], {
    env: { PARLEY_PASSPHRASE: PASSPHRASE },
    print: (line) => void printed.push(line),
    say: (line) => void said.push(line),
    signal: new AbortController().signal,
    interactive: false,
  })
  return { code, printed, said }
}

test('the package is published with the key of the profile, and its functions are there', async () => {
  const { code, printed, said } = await publish('--yes')
  expect(said.join()).toMatch(/^Publishing on [0-9a-f]{8} costs \d+\.\d{9} IOTA, and \d+\.\d{9} IOTA as a deposit/)
  expect(code).toBe(0)
  const { packageId, digest } = JSON.parse(printed[0] ?? '') as { packageId: string; digest: string }
  expect(packageId).toMatch(/^0x[0-9a-f]{64}$/)
  expect(digest).toMatch(/^[1-9A-Za-z]{43,44}$/)
  const request = { jsonrpc: '2.0', id: 1, method: 'iota_getNormalizedMoveModule', params: [packageId, 'channel'] }
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(request) })
  expect(JSON.stringify(await answer.json())).toContain('start_close_with')
})

test('without a yes nothing is paid for', async () => {
  const { code, printed, said } = await publish()
  expect({ code, printed }).toEqual({ code: 2, printed: [] })
  expect(said.join()).toContain('--yes')
})
