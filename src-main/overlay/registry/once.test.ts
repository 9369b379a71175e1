import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Clock, silentLog, systemClock } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { Ledger } from '../../ledger/index.ts'
import { waitFor } from '../../testing/testnet-nodes.ts'
import type { S2NodeOptions } from '../node/options.ts'
import { OperatorDesk } from './departure.ts'
import { startRegistry, type TestRegistry } from './test-registry.ts'

let net: TestRegistry
beforeAll(async () => void (net = await startRegistry(3_600_000)))
afterAll(() => net.stop())

const away = () => Promise.reject(new ParleyError('ledger_unreachable', 'away'))

/** The ledger as a node sees it, with another way to submit. */
const options = (submit: Ledger['submit'], slow = () => Promise.resolve()): Partial<S2NodeOptions> => {
  const { ledger } = net
  const register = {
    ledger: {
      submit,
      outcome: (digest: string) => ledger.outcome(digest),
      overtaken: async (bytes: Uint8Array) => {
        await slow()
        return ledger.overtaken(bytes)
      },
      balance: (address: string) => ledger.balance(address),
      faucet: (address: string) => ledger.faucet(address),
    },
  }
  return { registry: { find: () => ledger.registry(), register } }
}

async function registrations(nodeKey: string): Promise<number> {
  const { events } = await net.registry.events({ order: 'newest', limit: 50 })
  const records = await net.registry.records(events.map(({ object }) => object))
  return records.filter((record) => record.nodeKey === nodeKey).length
}

it.each([
  ['before anything arrived', false],
  ['after it arrived', true],
])(
  'a registration that was signed and whose answer was lost %s is sent again unchanged and made once',
  async (name, arrives) => {
    const sent: string[] = []
    const losing: Ledger['submit'] = async (bytes, signature, publicKey) => {
      sent.push(Buffer.from(bytes).toString('hex'))
      if (arrives) await net.ledger.submit(bytes, signature, publicKey)
      return away()
    }
    const first = net.node(name, options(losing))
    await first.start()
    await waitFor(() => sent.length > 0, 5_000)
    await first.stop()
    const again: Ledger['submit'] = (bytes, signature, publicKey) => {
      sent.push(Buffer.from(bytes).toString('hex'))
      return net.ledger.submit(bytes, signature, publicKey)
    }
    const second = net.node(name, options(again))
    await second.start()
    await waitFor(() => second.status().registry?.registration?.state === 'live', 8_000)
    expect(new Set(sent).size).toBe(1)
    expect(await registrations(second.nodeId)).toBe(1)
    await second.stop()
  },
  20_000,
)

it('a node whose account has too little says so with the address, and registers once the tokens are there', async () => {
  const warnings: object[] = []
  const log = { ...silentLog, warn: (fields: object) => void warnings.push(fields), child: () => log }
  const { registry } = options((...signed) => net.ledger.submit(...signed))
  const faucet = () => Promise.reject(new ParleyError('not_supported', 'none'))
  const register = registry?.register && { ...registry.register, ledger: { ...registry.register.ledger, faucet } }
  const node = net.node('poor', { log, ...(registry && register && { registry: { ...registry, register } }) })
  await node.start()
  await waitFor(() => node.status().registry?.registration?.state === 'unfunded', 5_000)
  const account = node.status().registry?.registration?.account ?? ''
  expect(warnings).toContainEqual({ account, nanos: '0', stake: '1000000000' })
  await net.submit(await net.ledger.prepareTransfer({ from: net.owner.address, to: account, nanos: 1_200_000_000n }))
  await waitFor(() => node.status().registry?.registration?.state === 'live', 10_000)
  expect(await registrations(node.nodeId)).toBe(1)
  await node.stop()
}, 20_000)

it('bytes that the ledger refuses are offered for a minute before others are signed', async () => {
  let ahead = 0
  const clock: Clock = {
    now: () => Date.now() + ahead,
    steady: () => systemClock.steady() + ahead,
    after: (ms, task) => systemClock.after(Math.min(ms, 100), task),
  }
  const hurry = setInterval(() => (ahead += 4_000), 50)
  const sent: { bytes: string; at: number }[] = []
  let refuse = true
  const submit: Ledger['submit'] = (bytes, signature, publicKey) => {
    sent.push({ bytes: Buffer.from(bytes).toString('hex'), at: clock.now() })
    // A minute later its coins are others: what is signed then are other bytes.
    if (refuse) return Promise.reject(new ParleyError('conflict', 'stale'))
    return net.ledger.submit(bytes, signature, publicKey)
  }
  // A busy ledger answers late what is asked after a refusal, all but the first time: the minute is none of its answers.
  const slow = () => new Promise<void>((resolve) => setTimeout(resolve, sent.length > 1 ? 200 : 0))
  const node = net.node('refused', { clock, ...options(submit, slow) })
  await node.start()
  await waitFor(() => (sent.at(-1)?.at ?? 0) - (sent[0]?.at ?? 0) > 50_000, 8_000)
  const account = node.status().registry?.registration?.account ?? ''
  const gift = { from: net.owner.address, to: account, nanos: 50_000_000_000n }
  await net.submit(await net.ledger.prepareTransfer(gift))
  await waitFor(() => new Set(sent.map(({ bytes }) => bytes)).size === 2, 8_000)
  refuse = false
  await waitFor(() => node.status().registry?.registration?.state === 'live', 8_000)
  clearInterval(hurry)
  const first = sent.filter(({ bytes }) => bytes === sent[0]?.bytes)
  expect((first.at(-1)?.at ?? 0) - (first[0]?.at ?? 0)).toBeGreaterThanOrEqual(60_000)
  expect(await registrations(node.nodeId)).toBe(1)
  await node.stop()
}, 30_000)

it('a damaged key of the account is refused and stays, because there may be a stake behind it', async () => {
  const { readFile, writeFile, stat } = await import('node:fs/promises')
  const node = net.node('damaged')
  await node.start()
  await waitFor(() => node.status().registry?.registration?.state === 'live', 5_000)
  await node.stop()
  const path = join(net.folder, 'damaged', 'operator.json')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  const text = await readFile(path, 'utf8')
  await writeFile(path, text.slice(0, 20))
  await expect(net.node('damaged').start()).rejects.toMatchObject({ code: 'storage_damaged' })
  expect(await readFile(path, 'utf8')).toBe(text.slice(0, 20))
  const dataDir = join(net.folder, 'nobody')
  const opened = OperatorDesk.open({
    dataDir,
    ledger: net.ledger,
    clock: systemClock,
    log: silentLog,
  })
  await expect(opened).rejects.toMatchObject({ code: 'not_found' })
}, 20_000)
