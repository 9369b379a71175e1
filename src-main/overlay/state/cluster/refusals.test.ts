import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Log, silentLog } from '../../../base/index.ts'
import { hasNats, startNats, type TestNats } from '../../../testing/nats.ts'
import { waitFor } from '../../../testing/testnet-nodes.ts'
import { clusteredOptions } from '../testing/clustered-world.ts'
import { type ClusteredState, createClusteredState } from './clustered.ts'
import { Persistence } from './joining.ts'
import type { ClusteredStateOptions } from './options.ts'

let folder: string
const closing: (() => Promise<unknown>)[] = []
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'parley-refusals-'))))
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
  await rm(folder, { recursive: true, force: true })
})

function create(urls: string[], change: Partial<ClusteredStateOptions> = {}): ClusteredState {
  const state = createClusteredState({ ...clusteredOptions({ urls, folder }, 'refused', 0), ...change })
  closing.push(() => state.stop())
  return state
}

describe.skipIf(!hasNats)('a cluster that cannot keep the log', () => {
  async function cluster(...args: Parameters<typeof startNats>): Promise<TestNats> {
    const nats = await startNats(...args)
    closing.push(() => nats.stop())
    return nats
  }

  it('is told from one that is away: JetStream is off', async () => {
    const { urls } = await cluster(1, 1, { jetstream: false })
    await expect(create(urls, { replicas: 1, serversMs: 300 }).start()).rejects.toMatchObject({
      code: 'not_supported',
      message: expect.stringMatching(/JetStream is off.*jetstream \{/) as string,
    })
  }, 15_000)

  it.each([1, 3])(
    'names the storage that is too small, with %i servers',
    async (replicas) => {
      const { urls } = await cluster(replicas, replicas, { maxFile: '32M' })
      await expect(create(urls, { replicas, serversMs: 300 }).start()).rejects.toMatchObject({
        code: 'not_supported',
        message: expect.stringMatching(/too little storage.*max_file/) as string,
      })
    },
    30_000,
  )

  it('a start that waits for it ends when the node stops, and may be tried again', async () => {
    const { urls } = await cluster(1, 1, { jetstream: false })
    const lines: string[] = []
    const log = { ...silentLog, warn: (_of: object, line: string) => void lines.push(line) } as Log
    const state = create(urls, { replicas: 1, log })
    for (const turn of [1, 2]) {
      const starting = state.start()
      const ended = expect(starting).rejects.toMatchObject({ code: 'offline', message: 'The node is stopping.' })
      await waitFor(() => lines.filter((line) => line === 'waiting for the NATS cluster').length === turn)
      await state.stop()
      await ended
    }
  }, 10_000)
})

it('a start that waits for a server which says nothing ends when the node stops', async () => {
  const sockets: Socket[] = []
  const silent = createServer((socket) => void sockets.push(socket))
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => silent.close(resolve))
  })
  const { port } = silent.address() as { port: number }
  const state = create([`nats://127.0.0.1:${port}`])
  const ended = expect(state.start()).rejects.toMatchObject({ code: 'offline', message: 'The node is stopping.' })
  await waitFor(() => sockets.length > 0)
  await state.stop()
  await ended
})

it('what a cluster answered last is named when nobody waits any longer', async () => {
  const { clock, log } = clusteredOptions({ urls: [], folder }, 'late', 0)
  const patience = new Persistence({ clock, log }, () => true)
  const work = patience.insist(() => Promise.reject(new Error('system temporarily unavailable')))
  const late = patience.within(work, 600)
  await expect(late).rejects.toMatchObject({
    code: 'offline',
    message: expect.stringContaining('Its last answer: “system temporarily unavailable”') as string,
  })
}, 5_000)
