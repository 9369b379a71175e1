import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../base/index.ts'
import { createDevnet, type Devnet } from '../../ledger/index.ts'
import { waitFor } from '../../testing/testnet-nodes.ts'
import { runS2 } from './s2-command.ts'

let folder: string
let devnet: Devnet
let ledger: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-no-registry-'))
  devnet = createDevnet({ port: 0, listen: '127.0.0.1', clock: systemClock, log: silentLog, withPackage: false })
  ledger = (await devnet.start()).rpc
})
afterAll(async () => {
  await devnet.stop()
  await rm(folder, { recursive: true, force: true })
})

it('on a ledger without the package, --register serves, says why it does not register, and names no account to fund', async () => {
  const stop = new AbortController()
  const lines: string[] = []
  const io = { print: (line: string) => lines.push(line), signal: stop.signal, log: silentLog }
  const args = { ledger, listen: '127.0.0.1:0', data: join(folder, 'node'), peers: [], metrics: '127.0.0.1:0' }
  const code = runS2({ ...args, register: true }, io)
  await waitFor(() => lines.length === 1)
  const { metrics, ...ready } = JSON.parse(lines[0] ?? '') as Record<string, unknown>
  const note = expect.stringMatching(/no registry of nodes.*send .* nothing/) as string
  expect(ready).toMatchObject({ ready: true, registration: 'no_registry', note })
  expect(ready).not.toHaveProperty('account')
  const health = await fetch(`${String(metrics)}/health`)
  expect([health.status, await health.json()]).toMatchObject([
    200,
    { state: 'ready', registration: 'no_registry', registrationNote: note },
  ])
  stop.abort()
  expect(await code).toBe(0)
})
