import { fork } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { silentLog, systemClock, systemRandom } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { Ledger, TransactionOutcome } from '../../ledger/index.ts'
import { openAccount } from './account.ts'
import { OperatorSender } from './sender.ts'

let folder: string
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'parley-sender-'))))
afterEach(() => rm(folder, { recursive: true, force: true }))

const success = { status: 'success' } as TransactionOutcome
const unreachable = () => new ParleyError('ledger_unreachable', 'away')

/** One coin: a transaction is made of its newest version, and two of one version on their way at once would lock it. */
class OneCoin {
  version = 0
  readonly pending = new Set<string>()
  readonly executed: string[] = []
  locked = false
  away = false

  readonly prepare = () => {
    const name = `${this.version}-${systemRandom.bytes(4).join('.')}`
    return Promise.resolve({ bytes: new Uint8Array(Buffer.from(name)), digest: name })
  }

  readonly submit: Ledger['submit'] = async (bytes) => {
    const name = Buffer.from(bytes).toString()
    if (this.executed.includes(name)) return success
    const version = name.split('-')[0] ?? ''
    for (const other of this.pending) if (other !== name && other.split('-')[0] === version) this.locked = true
    if (Number(version) !== this.version) throw new ParleyError('conflict', 'stale')
    this.pending.add(name)
    await new Promise((resolve) => setTimeout(resolve, 10))
    if (this.away) throw unreachable()
    this.version++
    this.executed.push(name)
    return success
  }

  readonly overtaken = () => Promise.resolve(false)
  readonly outcome = (digest: string) => Promise.resolve(this.executed.includes(digest) ? success : undefined)
}

async function senderOf(coin: OneCoin, lockMs?: number): Promise<OperatorSender> {
  const signer = await openAccount(folder, systemRandom)
  const rest = { clock: systemClock, log: silentLog, ...(lockMs !== undefined && { lockMs }) }
  const sender = new OperatorSender({ ledger: coin, signer, dataDir: folder, ...rest })
  await sender.open()
  return sender
}

it('what several parts and commands of one account send at once goes one after the other, each from the newest coin', async () => {
  const coin = new OneCoin()
  const node = await senderOf(coin)
  const command = await senderOf(coin)
  const sends = Array.from({ length: 8 }, (_, index) => (index % 2 ? node : command).send('channel', coin.prepare))
  expect((await Promise.all(sends)).every((sent) => sent?.outcome === success)).toBe(true)
  expect(coin.executed).toHaveLength(8)
  expect(coin.locked).toBe(false)
}, 10_000)

it('what another signed and nobody knows the end of goes first, unchanged; nothing else is signed before', async () => {
  const coin = new OneCoin()
  coin.away = true
  const node = await senderOf(coin)
  await expect(node.send('register', coin.prepare)).rejects.toMatchObject({ code: 'ledger_unreachable' })
  const signed = node.pending ?? ''
  const command = await senderOf(coin)
  await expect(command.send('leave', coin.prepare)).rejects.toMatchObject({ code: 'ledger_unreachable' })
  expect([...coin.pending]).toEqual([signed])
  coin.away = false
  await command.send('leave', coin.prepare)
  expect(coin.executed[0]).toBe(signed)
  expect(coin.executed).toHaveLength(2)
  expect(coin.locked).toBe(false)
  // The node learns that its registration was made, and by which transaction.
  expect(await node.resend()).toBeUndefined()
  expect(node.registered).toBe(signed)
  await node.found(`0x${'1'.repeat(64)}`)
  expect((await senderOf(coin)).object).toBe(`0x${'1'.repeat(64)}`)
})

it('while another process has the turn a command says so; killed, it holds nobody up', async () => {
  const coin = new OneCoin()
  const script = join(folder, 'holder.mjs')
  await writeFile(
    script,
    `import { DatabaseSync } from 'node:sqlite'
     const database = new DatabaseSync(${JSON.stringify(join(folder, 'operator.lock'))})
     database.exec('BEGIN EXCLUSIVE')
     process.send('held')
     setInterval(() => database, 1000)`,
  )
  const holder = fork(script)
  await new Promise((resolve) => holder.once('message', resolve))
  const sender = await senderOf(coin, 200)
  const refused = await sender.send('leave', coin.prepare).catch((error: unknown) => error)
  expect(refused).toMatchObject({ code: 'conflict', message: expect.stringContaining('Another process') as string })
  expect(coin.pending.size).toBe(0)
  const ended = new Promise((resolve) => holder.once('exit', resolve))
  holder.kill('SIGKILL')
  await ended
  expect(await sender.send('leave', coin.prepare)).toMatchObject({ outcome: success })
})

it('bytes that the ledger refuses go again unchanged until another transaction has used their coin for certain', async () => {
  const coin = new OneCoin()
  const given: string[] = []
  let [refuses, overtaken] = [true, false]
  const ledger = {
    outcome: coin.outcome,
    overtaken: () => Promise.resolve(overtaken),
    submit: (async (bytes, ...rest) => {
      given.push(Buffer.from(bytes).toString())
      if (refuses) throw new ParleyError('conflict', 'stale')
      return coin.submit(bytes, ...rest)
    }) as Ledger['submit'],
  }
  const signer = await openAccount(folder, systemRandom)
  const sender = new OperatorSender({ ledger, signer, dataDir: folder, clock: systemClock, log: silentLog })
  for (const kind of ['leave', 'withdraw'] as const)
    await expect(sender.send(kind, coin.prepare)).rejects.toMatchObject({ code: 'conflict', reason: 'refused' })
  expect(new Set(given).size).toBe(1)
  overtaken = true
  expect(await sender.resend()).toMatchObject({ kind: 'leave' })
  refuses = false
  expect(await sender.send('leave', coin.prepare)).toMatchObject({ outcome: success })
  expect(given.at(-1)).not.toBe(given[0])
  expect(coin.executed).toHaveLength(1)
})
