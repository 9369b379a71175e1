import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { silentLog } from '../../base/index.ts'
import { hasNats, startNats } from '../../testing/nats.ts'
import { waitFor } from '../../testing/testnet-nodes.ts'
import { runDesk } from './desk-command.ts'
import { runS2, type S2Args } from './s2-command.ts'

let folder: string
let url: string
/** Connections to a ledger that says nothing. */
const asked: Socket[] = []
const closing: (() => Promise<unknown>)[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-stop-early-'))
  const silent = createServer((socket) => void asked.push(socket.on('error', () => {})))
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    for (const socket of asked.splice(0)) socket.destroy()
    return new Promise((resolve) => silent.close(resolve))
  })
  url = `http://127.0.0.1:${(silent.address() as { port: number }).port}`
})
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
  await rm(folder, { recursive: true, force: true })
})

/** What a node that is stopped at the moment that `when` tells answers and prints. */
async function stopped(change: Partial<S2Args>, when: (waits: readonly string[]) => boolean) {
  const stop = new AbortController()
  const printed: string[] = []
  const waits: string[] = []
  const warn = (_fields: object, line: string) => void waits.push(line)
  const log = { ...silentLog, warn, child: () => log }
  const io = { print: (line: string) => printed.push(line), signal: stop.signal, log }
  const code = runS2({ ledger: url, listen: '127.0.0.1:0', data: join(folder, 'node'), peers: [], ...change }, io)
  await waitFor(() => when(waits))
  stop.abort()
  return { code: await code, printed }
}

it.each<[string, Partial<S2Args>]>([
  ['the chain', { packageId: 'none' }],
  ['the package', { packageId: '0x77' }],
])(
  'a node that waits for its ledger to tell %s ends with 0 when it is stopped, and leaves its folder',
  async (_, change) => {
    const ended = { code: 0, printed: [] }
    expect(await stopped(change, () => asked.length > 0)).toEqual(ended)
    expect(await stopped(change, () => asked.length > 1), 'the same folder again').toEqual(ended)
  },
)

it.skipIf(!hasNats)(
  'a node that waits for its NATS cluster ends with 0 when it is stopped',
  async () => {
    const nats = await startNats(1, 1, { jetstream: false })
    closing.push(() => nats.stop())
    const waiting = (lines: readonly string[]) => lines.includes('waiting for the NATS cluster')
    const change = { nats: nats.urls, natsReplicas: '1', packageId: 'none' }
    for (const turn of ['once', 'and again'])
      expect(await stopped(change, waiting), turn).toEqual({ code: 0, printed: [] })
  },
  15_000,
)

it('a command that waits for a ledger which hangs says so, and ends in words', async () => {
  const seed = Buffer.alloc(32, 7).toString('base64')
  await writeFile(join(folder, 'operator.json'), JSON.stringify({ version: 1, seed }))
  const said: string[] = []
  const printed: string[] = []
  const io = { print: (line: string) => printed.push(line), say: (line: string) => said.push(line), log: silentLog }
  const running = runDesk('status', { ledger: url, data: folder }, io)
  const ended = expect(running).rejects.toMatchObject({ code: 'ledger_unreachable' })
  await waitFor(() => said.length === 1)
  expect(said[0]).toMatch(/^Waiting for the ledger/)
  for (const close of closing.splice(0)) await close()
  await ended
  expect(printed).toEqual([])
}, 40_000)

it('a node that was stopped before it began does not begin', async () => {
  expect(await stopped({ packageId: 'none' }, () => true)).toEqual({ code: 0, printed: [] })
})
