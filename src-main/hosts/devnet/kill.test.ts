import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { silentLog, systemClock } from '../../base/index.ts'
import { createIotaLedger, type Ledger, verifyDevnet } from '../../ledger/index.ts'
import { newPerson, type Person } from '../../ledger/testing/index.ts'

const KILLS = 12
const SCRIPT = `
  import { runDevnet } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)}
  const stop = new AbortController()
  process.on('SIGTERM', () => stop.abort())
  const io = { print: console.log, signal: stop.signal }
  process.exitCode = await runDevnet({ port: 0, listen: '127.0.0.1', data: process.argv[1], epochMs: 300 }, io)
`

let folder: string
let child: ChildProcess | undefined
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-kill-'))
})
afterEach(async () => {
  await end('SIGKILL')
  await rm(folder, { recursive: true })
})

interface Started {
  ready: boolean
  rpc: string
  faucet: string
  chain: string
}

async function start(): Promise<Started> {
  const args = ['--input-type=module-typescript', '-e', SCRIPT, folder]
  child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  if (!child.stdout) throw new Error('no output')
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line) as Started
  throw new Error('the ledger did not start')
}

function end(signal: NodeJS.Signals): Promise<number | null> {
  return new Promise((resolve) => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return resolve(child?.exitCode ?? null)
    child.once('exit', (code) => resolve(code))
    child.kill(signal)
  })
}

/** Pays until the ledger is gone; answers what was acknowledged. */
async function payUntilGone(ledger: Ledger, person: Person, to: string): Promise<string[]> {
  const digests: string[] = []
  try {
    for (;;) {
      const transfer = await ledger.prepareTransfer({ from: person.address, to, nanos: 1n })
      digests.push((await person.submit(ledger, transfer)).digest)
    }
  } catch {
    return digests
  }
}

test('no acknowledged payment is lost or doubled over kills and epochs, and all can be executed again', async () => {
  const people = [newPerson(), newPerson(), newPerson()]
  const to = newPerson().address
  const acknowledged: string[] = []
  let first: Started | undefined
  for (let kill = 0; kill < KILLS; kill++) {
    const started = await start()
    first ??= started
    expect(started.chain).toBe(first.chain)
    const ledger = createIotaLedger({ url: started.rpc, clock: systemClock, log: silentLog })
    if (kill === 0) for (const { address } of people) await ledger.faucet(address)
    const paying = people.map((person) => payUntilGone(ledger, person, to))
    await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 250))
    await end('SIGKILL')
    acknowledged.push(...(await Promise.all(paying)).flat())
    ledger.close()
  }
  const { rpc } = await start()
  const ledger = createIotaLedger({ url: rpc, clock: systemClock, log: silentLog })
  for (const digest of acknowledged) expect(await ledger.outcome(digest)).toMatchObject({ status: 'success' })
  // A payment that was executed but whose answer the kill took may be there too: one per person and kill at most.
  const received = await ledger.balance(to)
  expect(received).toBeGreaterThanOrEqual(BigInt(acknowledged.length))
  expect(received).toBeLessThanOrEqual(BigInt(acknowledged.length + KILLS * people.length))
  expect(acknowledged.length).toBeGreaterThan(KILLS)
  const { epoch } = await ledger.epoch()
  expect(epoch).toBeGreaterThan(1n)
  ledger.close()
  expect(await end('SIGTERM')).toBe(0)
  const { transactions, checkpoints } = await verifyDevnet(folder)
  // Faucet transactions came first; each turn of an epoch has two checkpoints, and the genesis one.
  expect(transactions).toBeGreaterThanOrEqual(acknowledged.length + people.length)
  expect(checkpoints).toBeGreaterThan(transactions + 2 * Number(epoch))
}, 60_000)
